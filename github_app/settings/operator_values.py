"""The forms of the values that an operator sets: as they stand in the environment, and what they have to be. Pure."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode

from github_app.settings.allow_list import checked_addable, checked_operator_entries
from sandbox.secret import Secret

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BUCKET = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*)/?")


def _secret(value: object) -> object:
    return Secret(value.strip()) if isinstance(value, str) else value


def _secrets(value: object) -> object:
    return tuple(Secret(part.strip()) for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _names(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _without_slash(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("is not a URL: it has to start with https:// (or http:// on this machine)")
    return value.rstrip("/")


def _bucket(value: str) -> str:
    if not BUCKET.fullmatch(value):
        raise ValueError("has to be s3://BUCKET or s3://BUCKET/PREFIX")
    return value.rstrip("/")


def _app_id(value: str) -> str:
    if not value.isascii() or not value.isdigit():
        raise ValueError("is not an App's id: it is the number under 'About' on the App's page")
    return value


def _word(value: str) -> str:
    if not value or any(character.isspace() or character in "`|<>" for character in value):
        raise ValueError("has to be one word without `, |, < and >, such as /harvest")
    return value


BucketUrl = Annotated[str, AfterValidator(_bucket)]
Word = Annotated[str, AfterValidator(_word)]
AppId = Annotated[str, AfterValidator(_app_id)]
Url = Annotated[str, AfterValidator(_without_slash)]
SecretValue = Annotated[Secret, BeforeValidator(_secret)]
Secrets = Annotated[tuple[Secret, ...], NoDecode, BeforeValidator(_secrets)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)]
AllowEntries = Annotated[Names, AfterValidator(checked_operator_entries)]
AddableEntries = Annotated[Names, AfterValidator(checked_addable)]
