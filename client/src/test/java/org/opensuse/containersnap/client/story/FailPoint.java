package org.opensuse.containersnap.client.story;

import org.opensuse.containersnap.client.lab.Lab;

/// Has the next service that starts on a machine do at its steps what a test wants: see `CONTAINER_SNAPD_FAIL_POINT` in
/// the daemon.
final class FailPoint {
    private static final String DAEMON = "/usr/libexec/container-snap/container-snapd";

    /// Starts the service with what a file says, once, and otherwise so that it tells of its steps.
    private static final String INSTALL = """
            mv "$1" "$1.without-fail-point"
            cat >"$1" <<'END'
            #!/bin/sh
            point=$(cat /run/lab/fail-point 2>/dev/null)
            : >/run/lab/fail-point
            if [ -e /run/lab/java-options ]; then
                read -r JDK_JAVA_OPTIONS </run/lab/java-options
                export JDK_JAVA_OPTIONS
            fi
            CONTAINER_SNAPD_FAIL_POINT=${point:-trace} exec "$0.without-fail-point"
            END
            chmod 755 "$1"
            """;

    private static final String GO_ON = "/run/lab/go-on";

    private final Lab lab;

    FailPoint(Lab lab) {
        this.lab = lab;
    }

    /// Makes the machine fit for it.
    void install() {
        lab.bash(INSTALL, DAEMON).ok();
    }

    /// Has every start take half as long until the machine boots again: with what a first one learned, once it has
    /// ended.
    ///
    /// @param first starts the service and ends it
    void quickenStarts(Runnable first) {
        String cache = "/run/lab/daemon.aot";
        lab.bash("echo \"$1\" >/run/lab/java-options", "-XX:AOTCacheOutput=" + cache)
                .ok();
        first.run();
        lab.bash("test -s \"$1\"; echo \"-XX:AOTCache=$1\" >/run/lab/java-options", cache)
                .ok();
    }

    /// @param points such as `kill:switch/sync`
    void set(String points) {
        lab.bash("printf %s \"$1\" >/run/lab/fail-point", points).ok();
    }

    /// Has it wait at a step, until [#goOn()] or for a minute.
    void setWait(String step) {
        lab.run("rm", "-f", GO_ON).ok();
        set("delay=60000:" + step);
    }

    void goOn() {
        lab.run("touch", GO_ON).ok();
    }
}
