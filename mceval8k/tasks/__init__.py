"""Task records, one module per task in a folder per genre.

A module defines `TASK`. Adding a task to the benchmark is adding a module here (what it is and how
it is worded) and one to `builders` (how it is made).
"""
