"""Ask one question in each file: who is measured, what is to be reached, what readers must know."""
