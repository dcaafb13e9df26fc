package org.opensuse.containersnap.client.cli;

import org.opensuse.containersnap.client.wire.Properties;

/// What came of the wish to have the machine restarted.
final class Reboot {
    private Reboot() {}

    /// Says it, where somebody was asked. What was deployed stays so, and printed, also when it was refused.
    static void show(Session session, Properties result) {
        for (Properties asked : result.rows("reboot")) {
            if (asked.has("refused")) {
                session.endWith(new CommandFailed(
                        "the machine is not restarted: " + asked.text("refused") + "; restart it when that suits"));
                return;
            }
            String who = switch (asked.text("method")) {
                case "systemd" -> "the machine restarts";
                case "rebootmgr" -> "rebootmgr restarts the machine in its maintenance window";
                case "notify" -> "the people at the machine are asked to restart it";
                case "kured" -> "kured restarts the machine";
                case "none" -> "nobody restarts the machine, as REBOOT_METHOD says";
                case String other -> "a restart of the machine is asked for by " + other;
            };
            session.note(who);
        }
    }
}
