"""Repair: the `clean` edition, made of the rows of the released one; see `docs/repair.md`.

`fixing` mends or drops rows, `joining` says which belong together, `balancing` by what they are
drawn, and `repairing` puts these into a builder for `builders.making.task`, which does the rest
as for every other edition: cleaning, drawing, splitting, ordering of options.
"""
