"""What Harvest costs, measured on the machine at hand: `make bench`.

Every figure that matters is a ratio within one run, because absolute ones drift from machine to machine and from hour to hour.
Nothing here is a test: a figure that misses its target is printed as it is. It drives the product from outside, as processes
and over HTTP; only the door's own process imports the product.
"""
