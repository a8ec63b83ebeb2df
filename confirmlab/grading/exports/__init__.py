"""What other platforms take, one module each."""
