"""How a figure came about: its formula, the amounts in it, and where each of them is from."""
