"""What years of use cost: the everyday statements, start, rest and a job's time, on an empty state and on a filled one.

Run by itself with `python -m benchmarks.filled`; it takes some minutes and two gigabytes of disk.
"""
