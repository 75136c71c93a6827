"""Experiments, one file each: what is measured, and what is made of it.

A file's first line is the help of its command. `neurgrad_eval.runs` does everything else.
"""
