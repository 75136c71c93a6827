"""The audit: how good the data of an edition is, whatever its layout; see `docs/audit.md`.

`auditing` runs the checks of `checks/`, one module each, over the rows of `rows`; `facts` says per
task which text is compared and what must not be shared; `report` and `page` show what was found.
"""
