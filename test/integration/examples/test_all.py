# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import os

LONGEST = 60


def test_every_recipe_is_short_and_on_the_page(examples):
    page = (examples.parent / "docs" / "recipes.md").read_text()
    for recipe in examples.iterdir():
        if recipe.is_file():
            text = recipe.read_text()
            assert len(text.splitlines()) <= LONGEST, recipe.name
            assert "SPDX-License-Identifier: Apache-2.0" in text, recipe.name
            assert f"`{recipe.name}`" in page, recipe.name
            assert os.access(recipe, os.X_OK) == text.startswith("#!"), recipe.name
