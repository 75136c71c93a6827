"""The one renderer: tidy tables become console tables, figures and pages.

An experiment says how its tables are shown by `View` records; nothing here knows an experiment.
"""
