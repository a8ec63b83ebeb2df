"""Attacks on the finished app, and the board that counts them."""
