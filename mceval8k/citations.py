"""BibTeX of what several tasks cite."""


def entries(*each: str) -> str:
    """Entries as one text, a blank line apart."""
    return "\n\n".join(each)


LAMA = r"""@inproceedings{petroni-etal-2019-language,
  title = {Language Models as Knowledge Bases?},
  author = {Petroni, Fabio and Rockt{\"a}schel, Tim and Riedel, Sebastian and Lewis, Patrick and Bakhtin, Anton and Wu, Yuxiang and Miller, Alexander},
  booktitle = {Proceedings of EMNLP-IJCNLP 2019},
  pages = {2463--2473},
  year = {2019}
}"""

T_REX = r"""@inproceedings{elsahar-etal-2018-rex,
  title = {{T-REx}: A Large Scale Alignment of Natural Language with Knowledge Base Triples},
  author = {Elsahar, Hady and Vougiouklis, Pavlos and Remaci, Arslen and Gravier, Christophe and Hare, Jonathon and Laforest, Frederique and Simperl, Elena},
  booktitle = {Proceedings of LREC 2018},
  year = {2018}
}"""

UD_TREEBANKS = r"""@inproceedings{nivre-etal-2020-universal,
  title = {{Universal Dependencies} v2: An Evergrowing Multilingual Treebank Collection},
  author = {Nivre, Joakim and de Marneffe, Marie-Catherine and Ginter, Filip and Haji{\v{c}}, Jan and Manning, Christopher D. and Pyysalo, Sampo and Schuster, Sebastian and Tyers, Francis and Zeman, Daniel},
  booktitle = {Proceedings of LREC 2020},
  pages = {4034--4043},
  year = {2020}
}"""

UNIVERSAL_DEPENDENCIES = r"""@misc{universal-dependencies,
  title = {{Universal Dependencies}},
  author = {Zeman, Daniel and Nivre, Joakim and Abrams, Mitchell and others},
  publisher = {LINDAT/CLARIAH-CZ digital library, Charles University},
  note = {Give the number and handle of the release that the treebanks are of},
  url = {https://universaldependencies.org/#download}
}"""
