"""The one collection of the shared tables' descriptions. Each table stands beside the code that uses it."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()
