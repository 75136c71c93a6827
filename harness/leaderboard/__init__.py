"""A leaderboard: lm-eval's result files, checked, as tables and as a static site.

1. `reading` and `samples` read result files and the samples beside them; `condensing` keeps of each
   item what a comparison needs, `checks` says what is wrong with a result.
2. `board` brings the results of many machines together: one edition, a row per model and setting.
3. `tables` writes parquet, CSV and Markdown, `site` the pages, `publishing` puts them on the Hub.
"""
