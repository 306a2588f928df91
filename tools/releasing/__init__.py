"""Releasing: one package at a time, checked against its last release."""

import sys
from pathlib import Path

# What the generator knows of contracts and of requirements serves here too.
sys.path.append(str(Path(__file__).resolve().parents[2] / "codegen"))
