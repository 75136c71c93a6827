"""A leaderboard: lm-eval's result files, checked, as tables and as a static site.

1. `finding` finds result files, `result_schema` says what is read of them, and `reading` and
   `condensing` keep of each what a board needs; `checks` says what is wrong with a result.
2. `entries` and `board` bring the results of many machines together: one edition, a row per model
   and setting; `scoring` and `ranking` rank the rows. `comparing` puts two runs side by side,
   `checking` tells a submission what a board would refuse, `reference` is the edition itself.
3. `tables` writes parquet, CSV and Markdown, `site` the pages, `publishing` puts them on the Hub.
"""
