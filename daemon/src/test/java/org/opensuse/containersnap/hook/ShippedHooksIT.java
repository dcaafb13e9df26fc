package org.opensuse.containersnap.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opensuse.containersnap.lab.LoopBtrfs;
import org.opensuse.containersnap.lab.Tool;
import org.opensuse.containersnap.snapshot.Failure.HookFailed;
import org.opensuse.containersnap.snapshot.SnapshotId;

/// The hooks that are installed, on a root whose boot loader's programs are stand-ins that write down how they are
/// called.
@Timeout(60)
class ShippedHooksIT {
    @RegisterExtension
    static final LoopBtrfs BTRFS = new LoopBtrfs();

    private static final String RECORD = """
            {
                echo "${0##*/} $*"
                echo "snapshot $CONTAINER_SNAP_SNAPSHOT"
                echo "root $TRANSACTIONAL_UPDATE_ROOT $TRANSACTIONAL_UPDATE"
                while read -r _ _ _ _ point _; do
                    case $point in
                    / | /dev | /proc | /run | /sys | /boot/efi) mounts="${mounts:-mounts} $point" ;;
                    esac
                done < <(sort -k 5,5 /proc/self/mountinfo)
                echo "$mounts"
            } >>/record
            """;

    private static final String MENU = """
            ### BEGIN /etc/grub.d/00_header ###
            set btrfs_relative_path="y"
            ### END /etc/grub.d/00_header ###
            ### BEGIN /etc/grub.d/10_linux ###
            menuentry 'openSUSE' {
                linux /boot/vmlinuz-6.4 root=UUID=1 ${extra_cmdline} quiet
                initrd /boot/initrd-6.4
            }
            ### END /etc/grub.d/10_linux ###
            ### BEGIN /etc/grub.d/30_os-prober ###
            linux /@/elsewhere/vmlinuz rootflags=subvol=@other
            ### END /etc/grub.d/30_os-prober ###
            """;

    private static RunnableRoot pristine;
    private static int count;

    @TempDir
    private Path machine;

    private final RecordedRun run = new RecordedRun();
    private RunnableRoot root;

    @BeforeAll
    static void once() throws IOException {
        pristine = RunnableRoot.in(BTRFS.path().resolve("pristine"));
        pristine.program("/usr/bin/dracut", RECORD + ": >/boot/initrd-6.4\n");
        pristine.program("/usr/bin/grub2-mkrelpath", "echo 'Usage: grub2-mkrelpath [-r?V] [--relative] PATH'\n");
        pristine.program("/usr/sbin/grub2-mkconfig", RECORD + "cat /menu >\"$2\"\n");
        pristine.program(
                "/usr/sbin/pbl",
                RECORD + "mkdir -p /boot/grub2/i386-pc\n"
                        + "echo \"set btrfs_relative_path='y'\" >/boot/grub2/i386-pc/load.cfg\n");
        pristine.file("/menu", MENU);
        pristine.file("/boot/vmlinuz-6.4", "");
        pristine.file(
                "/etc/fstab",
                "# a comment\nUUID=1 / btrfs defaults 0 0\nUUID=1 /boot/grub2/i386-pc btrfs subvol=x 0 0\n");
        pristine.file("/etc/sysconfig/bootloader", "LOADER_TYPE=\"none\"\nLOADER_TYPE=\"grub2-efi\"\n");
    }

    @BeforeEach
    void install() throws IOException {
        root = pristine.copy(BTRFS.path().resolve("root" + count++));
        Path hooks = Files.createDirectories(machine.resolve("usr/lib/container-snap/deploy.d"));
        try (Stream<Path> shipped = Files.list(Path.of("../systemd/deploy.d"))) {
            shipped.forEach(hook -> Tool.run("install", "-m", "755", hook.toString(), hooks.toString()));
        }
    }

    private void run() throws Exception {
        SnapshotId id = SnapshotId.parse("a".repeat(64) + "-work1");
        DeployHooks.of(machine, Duration.ofSeconds(40)).run(id, root.directory(), run);
    }

    private static String recorded(String call, Path root) {
        return call + "\nsnapshot " + "a".repeat(64) + "-work1\nroot " + root
                + " true\nmounts / /boot/efi /dev /proc /run /sys\n";
    }

    @Test
    void theBootLoadersProgramsAreCalledInsideInTheirOrder() throws Exception {
        Path esp = Files.createDirectories(machine.resolve("boot/efi"));
        Tool.run("mount", "-t", "tmpfs", "esp", esp.toString());
        try {
            run();
        } finally {
            Tool.run("umount", esp.toString());
        }

        Path inside = root.directory();
        assertThat(root.path("/record"))
                .hasContent(recorded("dracut --force --regenerate-all", inside)
                        + recorded("grub2-mkconfig -o /boot/grub2/grub.cfg", inside)
                        + recorded("pbl --log - --install", inside));
        assertThat(root.path("/boot/grub2/grub.cfg")).hasContent(MENU);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "no settings,     rm -f etc/default/grub,                                               1",
        "none of it,      mkdir etc/default; echo GRUB_TIMEOUT=1 >etc/default/grub,             1",
        "switched off,    mkdir etc/default; echo SUSE_BTRFS_SNAPSHOT_BOOTING=false >etc/default/grub, 2",
        "on already,      mkdir etc/default; echo SUSE_BTRFS_SNAPSHOT_BOOTING=true >etc/default/grub,  1",
    })
    void grubReadsFromTheDefaultSubvolumeFromThenOn(String what, String script, int lines) throws Exception {
        Tool.run("bash", "-ec", "cd \"$1\"; " + script, what, root.directory().toString());
        run();

        List<String> settings = Files.readAllLines(root.path("/etc/default/grub"));
        assertThat(settings).filteredOn(line -> line.startsWith("SUSE_BTRFS")).hasSize(lines);
        assertThat(Tool.run(
                        "bash",
                        "-c",
                        ". \"$1\"; echo $SUSE_BTRFS_SNAPSHOT_BOOTING",
                        what,
                        root.path("/etc/default/grub").toString()))
                .isEqualTo("true\n");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "another grub2 | echo '#!/bin/bash' >usr/bin/grub2-mkrelpath | this grub2 does not know the default subvolume",
                "a /boot of its own | echo 'UUID=2 /boot ext4 defaults 0 0' >>etc/fstab | has a file system for /boot",
                "dracut fails | printf '#!/bin/bash\\necho no room >&2\\nexit 5' >usr/bin/dracut | exited with 5: no room",
                "the menu is of the top level | sed -i /btrfs_relative/d menu | does not set btrfs_relative_path",
                "no kernel | rm boot/vmlinuz-6.4 | names /boot/vmlinuz-6.4",
                "no initrd | sed -i 's/initrd-6.4/initrd-6.5/' menu | names /boot/initrd-6.5",
                "no entry | sed -i '/linux .boot/d' menu | has no kernel",
                "a fixed subvolume | sed -i 's/quiet/rootflags=ro,subvol=@/' menu | which subvolume to mount",
                "an unknown loader | echo LOADER_TYPE=systemd-boot >>etc/sysconfig/bootloader | is 'systemd-boot'",
                "no loader | rm etc/sysconfig/bootloader | there is no LOADER_TYPE",
                "pbl installs nothing | printf '#!/bin/bash\\n' >usr/sbin/pbl | GRUB was not told",
            })
    void whatWouldNotBootIsRefused(String what, String script, String words) throws Exception {
        Tool.run("bash", "-ec", "cd \"$1\"; " + script, what, root.directory().toString());

        assertThatThrownBy(this::run).isInstanceOf(HookFailed.class).hasMessageContaining(words);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "of the default subvolume | btrfs_relative_path=\"y\" | true",
                "of the top level         | timeout=5                 | false",
                "which says no            | btrfs_relative_path=\"n\" | false",
            })
    void aRunningSystemThatGrubCouldNotReadAnyMoreIsRefused(String what, String setting, boolean taken)
            throws IOException {
        Path boot = machine.resolve("boot");
        Files.createDirectories(boot.resolve("grub2"));
        Files.writeString(boot.resolve("grub2/grub.cfg"), "# a menu\n  set " + setting + "\n");

        String ending = Tool.run(
                "unshare",
                "--mount",
                "bash",
                "-c",
                "mount --bind \"$0\" /boot && if \"$1\" 2>&1; then echo taken; fi",
                boot.toString(),
                machine.resolve("usr/lib/container-snap/deploy.d/20-opensuse-running-system")
                        .toString());

        if (taken) {
            assertThat(ending).isEqualTo("taken\n");
        } else {
            assertThat(ending).contains("could not come back").contains("grub2-mkconfig -o /boot/grub2/grub.cfg");
        }
    }

    @Test
    void aRootWithoutTheseProgramsIsLeftAlone() throws Exception {
        Tool.run(
                "bash",
                "-ec",
                "cd \"$1\"; rm usr/bin/dracut usr/sbin/grub2-mkconfig",
                "b",
                root.directory().toString());
        run();

        assertThat(root.path("/record")).doesNotExist();
        assertThat(run.heard())
                .filteredOn(line -> line.startsWith("nothing to do") && line.endsWith(" in here"))
                .hasSize(4);
    }
}
