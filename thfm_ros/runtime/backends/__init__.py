# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Ways to run a `Program`, behind one protocol, and the choice between them."""

from thfm_ros.runtime.backends.base import Backend, BackendChoice
from thfm_ros.runtime.backends.choice import choose_backend, open_backend

__all__ = ["Backend", "BackendChoice", "choose_backend", "open_backend"]
