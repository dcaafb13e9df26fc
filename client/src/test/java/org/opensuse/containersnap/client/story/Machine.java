package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.opensuse.containersnap.client.StatusSchema;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.Lab.Result;

/// What the stories ask of a machine, in their words.
record Machine(Lab lab) {
    static final String STATE = "/var/lib/container-snap/";
    static final String ROOTS = STATE + "roots/";
    static final String BUS_NAME = "org.opensuse.containersnap1";
    /// What verify looks for, all of it.
    static final List<String> REQUIREMENTS = List.of(
            "client",
            "no-snapper",
            "transactional-update",
            "kernel",
            "systemd",
            "boot-loader",
            "rsync",
            "network",
            "architecture",
            "snapshots-directory",
            "login");

    static final String TOP = "/org/opensuse/containersnap1";

    /// A line of progress where standard error is no terminal.
    static final String PROGRESS =
            "(queued|connecting|downloading|storing|loading|verifying|snapshotting|carrying-over|running-hooks|switching)( [0-9.]+ [KMG]?i?B( of [0-9.]+ [KMG]?i?B)?)?";

    /* Without the mounts below /host, which are the real machine's; without this script itself. */
    private static final String TRACES = """
            cd /var/lib/container-snap
            find . -maxdepth 1
            find roots -mindepth 1 -maxdepth 1
            find state tmp -path state/jobs -prune -o -type f -exec sha256sum {} + -o -print
            find snapshots/btrfs/subvolumes snapshots/btrfs-images snapshots/btrfs-layers -maxdepth 1
            cat snapshots/btrfs-images/images.json snapshots/btrfs-layers/layers.json && echo
            find /tmp /var/tmp /run/container-snap/podman
            btrfs subvolume list / | cut -d ' ' -f 1,2,9-
            btrfs subvolume get-default / | cut -d ' ' -f 1,2,9-
            cut -d ' ' -f 4,5 /proc/self/mountinfo | { grep -v ' /host' || true; }
            for process in /proc/[0-9]*; do
                [[ $process = /proc/$$ ]] || { read -r name <"$process/comm"; echo "process $name"; } 2>/dev/null || true
            done
            """;

    /// Reads JSON from standard input and prints lines such as `[0].names[0] "tiny"`.
    private static final String TELL_JSON = """
            import json, sys
            def tell(path, value):
                if isinstance(value, dict) and value:
                    for key in value: tell(path + "." + key, value[key])
                elif isinstance(value, list) and value:
                    for i, item in enumerate(value): tell(path + f"[{i}]", item)
                else:
                    print(path, json.dumps(value))
            tell("", json.load(sys.stdin))
            """;

    private static final String LEAVE_HOOKS_OUT = """
            mkdir -p /etc/container-snap/deploy.d
            for hook in /usr/lib/container-snap/deploy.d/*; do
                : >"/etc/container-snap/deploy.d/${hook##*/}"
            done
            """;

    /// Makes it one on which deploy runs none of the hooks that were installed.
    void leaveHooksOut() {
        lab.bash(LEAVE_HOOKS_OUT).ok();
    }

    /// Pulls an image of the lab's registry.
    ///
    /// @return the image's ID
    String pull(String name) {
        Result result = lab.snap("pull", lab.image(name));
        assertThat(result.status()).as(result.err()).isZero();
        assertThat(result.out()).matches("[0-9a-f]{64}\n");
        return result.out().strip();
    }

    String create(String base) {
        return lab.snap("create-snapshot", base).line();
    }

    void switchTo(String snapshot) {
        assertThat(lab.snap("switch", snapshot).ok()).isEmpty();
    }

    /// The machine is restarted, and the new system is found good.
    void comesUp() {
        lab.reboot();
        lab.snap("bless").ok();
    }

    List<String> snapshots() {
        return rows("list-snapshots").skip(1).toList();
    }

    List<String> images() {
        return rows("list-images").toList();
    }

    private Stream<String> rows(String list) {
        return lab.snap(list)
                .ok()
                .lines()
                .map(line -> line.indexOf(',') < 0 ? line : line.substring(0, line.indexOf(',')));
    }

    /// What a command prints as JSON, as a reader that is not ours understands it: a line for each value.
    List<String> json(String command) {
        if (command.equals("status")) {
            String status = lab.snap("status", "--json").ok();
            assertThat(StatusSchema.problems(status)).as(status).isEmpty();
        }
        return lab.bash("container-snap \"$1\" --json | /usr/bin/python3 -c \"$2\"", command, TELL_JSON)
                .ok()
                .lines()
                .toList();
    }

    /// A property of an object of the service, as busctl prints it.
    ///
    /// @param path below the top object; empty for that itself
    /// @param interfaceName the last part of it
    String property(String path, String interfaceName, String name) {
        return lab.run(
                        "busctl",
                        "get-property",
                        BUS_NAME,
                        path.isEmpty() ? TOP : TOP + "/" + path,
                        BUS_NAME + "." + interfaceName,
                        name)
                .line();
    }

    /// Names, sizes and contents below a directory on the same subvolume, as one line.
    String fingerprint(String directory) {
        return lab.bash(
                        "cd \"$1\" && { find . -xdev -printf '%p %y %m %U %G %s %l\\n' | sort; "
                                + "find . -xdev -type f -print0 | sort -z | xargs -0r cat; } | sha256sum; ls -A | wc -l",
                        directory)
                .line();
    }

    /// Everything that an operation could change or leave behind, a thing a line: what lies in the store and in the
    /// directories for temporary files, subvolumes, mounts, processes.
    List<String> traces() {
        return lab.bash(TRACES).ok().lines().toList();
    }

    /// A refusal: exit status, nothing on standard output, one line that says why.
    static void assertRefused(Result result, String... why) {
        assertThat(result.status()).as(result.out()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertOneLine(result, why);
    }

    /// A wrong command line: as a refusal, with the other exit status.
    static void assertWrongCommandLine(Result result, String... why) {
        assertThat(result.status()).as(result.err()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertOneLine(result, why);
    }

    private static void assertOneLine(Result result, String... why) {
        assertThat(result.err()).startsWith("container-snap: ").endsWith("\n").hasLineCount(1);
        for (String words : why) {
            assertThat(result.err()).contains(words);
        }
    }

    /// podman on the daemon's store, as an administrator would run it.
    Result podman(String... arguments) {
        String[] command = new String[arguments.length + 7];
        List<String> options = List.of(
                "podman",
                "--root",
                STATE + "snapshots",
                "--runroot",
                "/run/container-snap/storage",
                "--storage-driver",
                "btrfs");
        System.arraycopy(options.toArray(), 0, command, 0, options.size());
        System.arraycopy(arguments, 0, command, options.size(), arguments.length);
        return lab.run(command);
    }
}
