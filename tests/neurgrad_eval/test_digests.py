import torch

from neurgrad_eval.digests import digest_texts, fingerprint


def test_digest_tells_where_texts_end():
    assert digest_texts(["ab", "c"]) != digest_texts(["a", "bc"])


def test_fingerprint_tells_weights_apart():
    torch.manual_seed(0)
    module, other = torch.nn.Linear(50, 40), torch.nn.Linear(50, 40)
    assert fingerprint(module) == fingerprint(module)
    assert fingerprint(module) != fingerprint(other)
    other.load_state_dict(module.state_dict())
    assert fingerprint(module) == fingerprint(other)
    assert fingerprint(module) != fingerprint(module.bfloat16())
