"""Whether systemd hears of units that come and go."""
import os
import re

import rpm
from rpmlint.checks.AbstractCheck import AbstractCheck

DIRECTORY = "/usr/lib/systemd/system/"
KINDS = (".path", ".service", ".socket", ".target", ".timer")
CALLS = (
    ("service_add_pre", rpm.RPMTAG_PREIN, "mark-install-system-units"),
    ("service_add_post", rpm.RPMTAG_POSTIN, "install-system-units"),
    ("service_del_preun", rpm.RPMTAG_PREUN, "remove-system-units"),
    ("service_del_postun", rpm.RPMTAG_POSTUN, "mark-restart-system-units"),
)


class SystemdInstallCheck(AbstractCheck):
    """For each unit all of the %service_ macros have to be called; of service_del_postun_without_restart no more than a
    line with a colon is left.
    """

    def check_binary(self, pkg):
        for name in pkg.files:
            unit = os.path.basename(name)
            if not name.startswith(DIRECTORY) or not unit.endswith(KINDS) or "@." in unit:
                continue
            for macro, tag, verb in CALLS:
                script = pkg[tag] or ""
                if isinstance(script, bytes):
                    script = script.decode()
                without_restart = macro == "service_del_postun" and re.search(r"^\s*:\s*$", script, re.MULTILINE)
                called = re.search(rf"systemd-update-helper {verb}\b.* {re.escape(unit)}\b", script)
                if not called and not without_restart:
                    self.output.add_info("E", pkg, "systemd-service-without-" + macro, unit)
