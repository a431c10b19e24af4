"""Configure the JupyterLab of the integration tests.

Never use this configuration in production: it turns authentication off and hands
the application object to every script of the page.
"""

import os
from tempfile import mkdtemp

from jupyterlab.galata import configure_jupyter_server

configure_jupyter_server(c)

c.ServerApp.allow_root = True
c.ServerApp.ip = "127.0.0.1"
c.ServerApp.port = int(os.environ.get("PALIMPSEST_UI_PORT", "8899"))
c.JupyterNotebookApp.expose_app_in_browser = True
# Neither the settings nor the news of whoever runs the tests should change a result.
c.LabApp.user_settings_dir = mkdtemp(prefix="palimpsest-settings-")
c.LabApp.news_url = None

# The 404s of Galata's own look-ups would drown what matters.
c.ServerApp.log_level = "ERROR"
c.LabApp.log_level = "ERROR"
