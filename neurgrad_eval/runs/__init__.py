"""The one runner: an experiment's units are measured, kept, resumed, shared and summed up here.

`experiment` says what an experiment is, `runner` runs one, `options` makes its command line from
its settings, and `registry` finds it by name.
"""
