"""What a package lets users do, against what was agreed on."""
import os
from xml.etree import ElementTree

from rpmlint.checks.AbstractCheck import AbstractCheck

DIRECTORY = "/usr/share/polkit-1/"
ACTIONS = DIRECTORY + "actions/"
RULES = DIRECTORY + "rules.d/"
WHO = ("allow_any", "allow_inactive", "allow_active")


class PolkitCheck(AbstractCheck):
    """Actions have to be listed with their defaults, as ID any:inactive:active, in the files of PolkitPrivsFiles, the
    form of openSUSE's polkit-default-privs. A rule decides without anybody being asked, so none may come along
    unseen: PolkitRules lists them. The directories are polkit's, with modes that keep rules from being read.
    """

    def __init__(self, config, output):
        super().__init__(config, output)
        self.agreed = {}
        for file in config.configuration.get("PolkitPrivsFiles", []):
            with open(file) as lines:
                for line in lines:
                    words = line.split("#")[0].split()
                    if words:
                        self.agreed[words[0]] = words[1]
        self.rules = config.configuration.get("PolkitRules", [])

    def check_binary(self, pkg):
        for name in pkg.files:
            if not (name + "/").startswith(DIRECTORY):
                continue
            if name in pkg.ghost_files:
                self.output.add_info("E", pkg, "polkit-ghost-file", name)
            elif os.path.isdir(pkg.dir_name() + name):
                self.output.add_info("E", pkg, "polkit-directory-owned", name)
            elif name.startswith(ACTIONS):
                self.check_actions(pkg, name)
            elif not name.startswith(RULES) or os.path.basename(name) not in self.rules:
                self.output.add_info("E", pkg, "polkit-file-unauthorized", name)

    def check_actions(self, pkg, name):
        try:
            actions = ElementTree.parse(pkg.dir_name() + name).getroot().findall("action")
        except ElementTree.ParseError as error:
            self.output.add_info("E", pkg, "polkit-xml-exception", name, str(error))
            return
        if not name.endswith(".policy") or not actions:
            self.output.add_info("E", pkg, "polkit-no-actions", name)
        for action in actions:
            granted = ":".join(action.findtext("defaults/" + who, "no") for who in WHO)
            identifier = action.get("id", "")
            if identifier not in self.agreed:
                self.output.add_info("E", pkg, "polkit-untracked-privilege", identifier, granted)
            elif granted != self.agreed[identifier]:
                self.output.add_info("E", pkg, "polkit-changed-privilege", identifier, granted)
