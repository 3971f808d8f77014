"""The door of the market slice, a file each: assets, prices, rates, price files, the simulated market."""
