"""Spellings of secrets, and what looks like one and is none."""

from __future__ import annotations

import json

import pytest

from mceval8k.secrets import redact, redact_all

S = "s3cr3tValue"


@pytest.mark.parametrize(
    "text",
    [
        f"token={S}",
        f"hf_token={S},pretrained=gpt2",
        f"pretrained=gpt2,access_token={S}",
        f"auth_token={S},x=1",
        f"api_key={S}",
        f"apikey={S}",
        f"api-key: {S}",
        f"X-API-Key: {S}",
        f'{{"apiKey": "{S}"}}',
        f"accessToken={S}",
        f"password={S}",
        f'"password": "{S}"',
        f"'password': '{S}'",
        f"passwd={S}",
        f"pwd = {S}",
        f"db_password={S};user=me",
        f"secret={S}",
        f"client_secret={S}",
        f"client-secret={S}",
        f"AWS_SECRET_ACCESS_KEY={S}",
        f"aws_access_key_id={S}",
        f"private_key={S}",
        f"HF_TOKEN={S}",
        f"HUGGING_FACE_HUB_TOKEN={S} mceval8k eval",
        f"OPENAI_API_KEY={S}",
        f"--token {S}",
        f"--hf-token={S}",
        f"--api-key {S} --model x",
        f'--password "{S} with spaces"',
        f"Authorization: Bearer {S}",
        f"authorization: basic {S}",
        f"Proxy-Authorization: Basic {S}",
        f"header=Authorization: Bearer {S},base_url=http://x",
        f'header={{"Authorization": "Bearer {S}", "X-Org": "{S}"}},model=m',
        f"header=X-One: {S},X-Two: {S},pretrained=gpt2",
        f'headers={{"Cookie": "a={S}, b={S}"}}',
        f"Cookie: session={S}",
        f"http://user:{S}@host:8000/v1",
        f"https://{S}@host/v1/completions",
        f"base_url=https://user:{S}@host/v1,model=m",
        f"postgresql://user:{S}@db/name",
        f"https://host/file?sig={S}&x=1",
        f"https://host/v1?api_key={S}",
        f"https://host/v1?a=1&access_token={S}&b=2",
        f"refresh_token: '{S}'",
        f"credentials={S}",
        f"curl -H 'Authorization: Token {S}' host",
        f"the server said: bearer {S} is not valid",
        f"jwt={S}",
        f"sas={S}",
    ],
)
def test_secrets_are_hidden(text: str) -> None:
    hidden = redact(text)
    assert S not in hidden
    assert "***" in hidden
    assert redact(hidden) == hidden


@pytest.mark.parametrize(
    "secret",
    ["hf_AbCdEfGhIjKlMnOpQrStUv", "sk-proj-abcdefghijklmnop1234", "ghp_abcdefghijklmnop1234"],
)
def test_tokens_are_known_by_their_form(secret: str) -> None:
    assert redact(f"could not log in with {secret}") == "could not log in with ***"


@pytest.mark.parametrize(
    "text",
    [
        "pretrained=gpt2,dtype=float32,trust_remote_code=True",
        "add_bos_token=True,prefix_token_id=1,think_end_token=</think>",
        "tokenizer=gpt2,tokenized_requests=False,max_tokens=4096",
        "max_gen_toks=32,pad_token=<pad>",
        "token=True",
        "use_auth_token=False",
        "base_url=http://localhost:8000/v1/chat/completions",
        "s3://bucket/path and user@host.org",
        "item agnews-0123456789ab: the prompt has 900 tokens",
        "keyword=value,monkey=1,key=B",
        "the token is missing or wrong (`hf auth login`, or HF_TOKEN)",
        'prompts end in "Answer:" and the answer is B',
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text


def test_a_damaged_header_of_safetensors_is_no_header_of_a_request() -> None:
    assert redact("Error while deserializing header: header too small").endswith("header too small")


def test_other_arguments_stay() -> None:
    text = f"pretrained=gpt2,hf_token={S},header=A: {S},B: {S},base_url=http://h/v1,revision=main"
    hidden = "pretrained=gpt2,hf_token=***,header=***,base_url=http://h/v1,revision=main"
    assert redact(text) == hidden


def test_values_of_a_record() -> None:
    record = {"model_args": f"token={S}", "password": S, "n": 3, "parts": [{"api_key": S}, "x"]}
    hidden = redact_all(record)
    assert S not in json.dumps(hidden)
    assert hidden == {
        "model_args": "token=***",
        "password": "***",
        "n": 3,
        "parts": [{"api_key": "***"}, "x"],
    }


@pytest.mark.parametrize("unit", ["a=", "header=", "://", "token:", '"', "{", "Bearer ", "-"])
def test_time_grows_with_length_only(unit: str) -> None:
    import time

    start = time.perf_counter()
    redact(unit * (20_000 // len(unit)))
    assert time.perf_counter() - start < 2
