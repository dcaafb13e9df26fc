package org.opensuse.containersnap.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.opensuse.containersnap.lab.BootableRoot;
import org.opensuse.containersnap.lab.Tool;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.Finding;
import org.opensuse.containersnap.snapshot.Requirement;

/// What is told of a root that has all that is required, of one that lacks something, and of one that is out to
/// deceive.
@Timeout(60)
class RootInspectionTest {
    private static final long HUGE = 1L << 40;
    private static final String MODULES = "usr/lib/modules/6.4.0-1-default/";
    private static final String LIBRARY = "usr/lib64/libtukit.so.6";

    @TempDir
    private Path directory;

    private BootableRoot root = new BootableRoot(Path.of("."));

    @BeforeEach
    void make() throws IOException {
        root = BootableRoot.in(Files.createDirectories(directory.resolve("inside/root")));
    }

    private List<Finding> inspect() throws IOException, Failure {
        return RootInspection.ofThisMachine().inspect(root.directory());
    }

    /// The requirements that are not met.
    private List<Finding> lacking() throws IOException, Failure {
        return inspect().stream().filter(finding -> !finding.met()).toList();
    }

    @Test
    void aRootThatHasItAllMeetsEveryRequirementInTheirOrder() throws Exception {
        assertThat(inspect()).extracting(Finding::requirement).containsExactly(Requirement.values());
        assertThat(inspect()).allSatisfy(finding -> {
            assertThat(finding.met()).as(finding.toString()).isTrue();
            assertThat(finding.found()).isNotBlank();
            assertThat(finding.mend()).isEmpty();
        });
    }

    @ParameterizedTest
    @EnumSource(Requirement.class)
    void aRootThatLacksOneThingFailsThatRequirementAlone(Requirement requirement) throws Exception {
        root.takeAway(requirement);

        assertThat(lacking()).singleElement().satisfies(finding -> {
            assertThat(finding.requirement()).isEqualTo(requirement);
            assertThat(finding.found()).isNotBlank();
            assertThat(finding.mend()).isNotBlank();
        });
    }

    /// Changes a root.
    interface Change {
        void to(BootableRoot root) throws IOException;
    }

    private static Arguments lacks(Requirement requirement, String found, Change change) {
        return Arguments.of(requirement, found, change);
    }

    static Stream<Arguments> otherWaysToLackIt() {
        return Stream.of(
                lacks(
                        Requirement.CLIENT,
                        "/usr/bin/container-snap is not executable",
                        root -> mode(root.path("usr/bin/container-snap"), "rw-r--r--")),
                lacks(
                        Requirement.CLIENT,
                        "/usr/bin/container-snap is empty",
                        root -> root.file("usr/bin/container-snap", "")),
                lacks(
                        Requirement.CLIENT,
                        "/usr/bin/container-snap is a symbolic link to '/opt/it', which leads nowhere in the root",
                        root -> root.link("usr/bin/container-snap", "/opt/it")),
                lacks(
                        Requirement.NO_SNAPPER,
                        "there is /usr/bin/snapper",
                        root -> root.link("usr/bin/snapper", "nowhere")),
                lacks(
                        Requirement.TRANSACTIONAL_UPDATE,
                        "no program transactional-update",
                        root -> root.remove("usr/sbin/transactional-update")),
                lacks(Requirement.TRANSACTIONAL_UPDATE, "there is no libtukit.so.*", root -> root.remove(LIBRARY)),
                lacks(
                        Requirement.TRANSACTIONAL_UPDATE,
                        "/usr/lib64/libtukit.so.6 does not know container-snap",
                        root -> root.file(LIBRARY, "\u007fELF snapper podman SNAPSHOT_MANAGER")),
                lacks(Requirement.TRANSACTIONAL_UPDATE, "has SNAPSHOT_MANAGER='auto'", root -> {
                    root.file("usr/etc/tukit.conf", "# comment\nREBOOT_METHOD=auto\nSNAPSHOT_MANAGER=\"auto\"\n");
                    root.remove("usr/etc/tukit.conf.d/container-snap.conf");
                }),
                lacks(
                        Requirement.TRANSACTIONAL_UPDATE,
                        "has no SNAPSHOT_MANAGER",
                        root -> root.link("etc/tukit.conf.d/container-snap.conf", "/dev/null")),
                lacks(
                        Requirement.TRANSACTIONAL_UPDATE,
                        "has SNAPSHOT_MANAGER='podman'",
                        root -> root.file("etc/tukit.conf.d/podman.conf", " SNAPSHOT_MANAGER = podman\n")),
                lacks(Requirement.TRANSACTIONAL_UPDATE, "has no SNAPSHOT_MANAGER", root -> {
                    root.file("etc/tukit.conf", "# the one in /usr/etc does not count any more\n");
                    root.file("usr/etc/tukit.conf", "SNAPSHOT_MANAGER=containersnap\n");
                    root.remove("usr/etc/tukit.conf.d");
                }),
                lacks(
                        Requirement.KERNEL,
                        "there is no /" + MODULES + "modules.dep",
                        root -> root.remove(MODULES + "modules.dep")),
                lacks(
                        Requirement.KERNEL,
                        "no kernel image of version 6.4.0-1-default",
                        root -> root.remove(MODULES + "vmlinuz")),
                lacks(
                        Requirement.KERNEL,
                        "modules.dep is empty, there is no /usr/lib/modules/7.0/modules.dep",
                        root -> {
                            root.file(MODULES + "modules.dep", "");
                            root.file("usr/lib/modules/7.0/vmlinuz", "MZ");
                        }),
                lacks(Requirement.BOOT_LOADER, "neither GRUB 2", root -> root.remove("usr/sbin/grub2-mkconfig")),
                lacks(Requirement.BOOT_LOADER, "nor systemd-boot", root -> {
                    root.remove("usr/sbin/grub2-install");
                    root.program("usr/bin/bootctl");
                }),
                lacks(Requirement.ARCHITECTURE, "/usr/lib/systemd/systemd is no ELF program", root -> {
                    root.file("usr/lib/systemd/systemd", "#!/bin/bash\n");
                    mode(root.path("usr/lib/systemd/systemd"), "rwxr-xr-x");
                }),
                lacks(Requirement.ARCHITECTURE, "/usr/lib/systemd/systemd is for machine 75 of ELF", root -> {
                    byte[] vax = Files.readAllBytes(root.path("usr/lib/systemd/systemd"));
                    Arrays.fill(vax, 18, 20, (byte) 0);
                    vax[vax[5] == 1 ? 18 : 19] = 75;
                    Files.write(root.path("usr/lib/systemd/systemd"), vax);
                }),
                lacks(
                        Requirement.SNAPSHOTS_DIRECTORY,
                        "/.snapshots is a symbolic link",
                        root -> root.link(".snapshots", "usr")),
                lacks(Requirement.SNAPSHOTS_DIRECTORY, "/.snapshots is a file", root -> root.file(".snapshots", "x")),
                lacks(Requirement.LOGIN, "no os-release", root -> {
                    root.remove("etc/os-release");
                    root.remove("usr/lib/os-release");
                }),
                lacks(Requirement.LOGIN, "no os-release", root -> root.file("usr/lib/os-release", "ID=\n#NAME=x\n")),
                lacks(
                        Requirement.LOGIN,
                        "no root with user ID 0",
                        root -> root.file(
                                "etc/passwd", "root:x:1:0:root:/root:/bin/bash\ntoor:x:0:0::/:/bin/bash\nroot:x:0\n")),
                lacks(
                        Requirement.LOGIN,
                        "root's shell '/bin/zsh' can't be run: there is no /bin/zsh",
                        root -> root.file("etc/passwd", "root:x:0:0:root:/root:/bin/zsh\n")),
                lacks(
                        Requirement.LOGIN,
                        "root's shell '/bin/sh' can't be run: there is no /bin/sh",
                        root -> root.file("etc/passwd", "root:x:0:0:root:/root:\n")),
                lacks(
                        Requirement.LOGIN,
                        "root's shell 'bash' can't be run: it is no absolute path",
                        root -> root.file("etc/passwd", "root:x:0:0:root:/root:bash\n")),
                lacks(Requirement.LOGIN, "no PAM configuration", root -> root.remove("usr/lib/pam.d")),
                lacks(Requirement.LOGIN, "no nsswitch.conf", root -> root.remove("usr/etc/nsswitch.conf")),
                lacks(
                        Requirement.LOGIN,
                        "no nsswitch.conf",
                        root -> root.file("etc/nsswitch.conf", "#passwd: files\n")));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("otherWaysToLackIt")
    void whatIsFoundInsteadIsTold(Requirement requirement, String found, Change change) throws Exception {
        change.to(root);

        assertThat(lacking()).singleElement().satisfies(finding -> {
            assertThat(finding.requirement()).isEqualTo(requirement);
            assertThat(finding.found()).contains(found);
        });
    }

    static Stream<Arguments> otherWaysToHaveIt() {
        return Stream.of(
                Arguments.of("a tukit without a choice", (Change) root -> {
                    root.file(LIBRARY, "x".repeat(65_530) + "/usr/bin/container-snap");
                    root.remove("usr/etc/tukit.conf.d");
                }),
                Arguments.of("a tukit known by its class", (Change)
                        root -> root.file(LIBRARY, "N19TransactionalUpdate13ContainerSnapE")),
                Arguments.of("tukit in /usr/bin", (Change) root -> {
                    root.remove("usr/sbin/tukit");
                    root.program("usr/bin/tukit");
                }),
                Arguments.of("a choice in /etc", (Change) root -> {
                    root.remove("usr/etc/tukit.conf.d");
                    root.file("etc/tukit.conf", "SNAPSHOT_MANAGER='containersnap'\n");
                }),
                Arguments.of("a kernel in /boot", (Change) root -> {
                    root.remove(MODULES + "vmlinuz");
                    root.file("boot/Image-6.4.0-1-default", "MZ");
                }),
                Arguments.of("an incomplete kernel beside the complete one", (Change)
                        root -> root.file("usr/lib/modules/5.3.18/weak-updates/a.ko", "x")),
                Arguments.of("modules without merged /usr", (Change) root -> {
                    root.remove("usr/lib/modules");
                    root.remove("lib");
                    root.file("lib/modules/5.14/modules.dep", "x");
                    root.file("boot/vmlinuz-5.14", "MZ");
                }),
                Arguments.of("systemd-boot", (Change) root -> {
                    root.remove("usr/sbin/grub2-install");
                    root.program("usr/bin/bootctl");
                    root.file("usr/lib/systemd/boot/efi/systemd-bootx64.efi", "MZ");
                }),
                Arguments.of("NetworkManager", (Change) root -> {
                    root.remove("usr/sbin/wickedd");
                    root.program("usr/sbin/NetworkManager");
                }),
                Arguments.of("systemd-networkd", (Change) root -> {
                    root.remove("usr/sbin/wickedd");
                    root.program("usr/lib/systemd/systemd-networkd");
                }),
                Arguments.of(
                        "a shell by a link from the top", (Change) root -> root.link("usr/bin/bash", "/usr/bin/rsync")),
                Arguments.of("a shell by a link that goes too high", (Change)
                        root -> root.link("usr/bin/bash", "../../../../../../usr/bin/rsync")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("otherWaysToHaveIt")
    void aRootMayMeetARequirementInAnotherWay(String name, Change change) throws Exception {
        change.to(root);

        assertThat(lacking()).as(name).isEmpty();
    }

    /// Tricks that an image may play with a path where a file should be.
    enum Trick {
        PIPE,
        DIRECTORY,
        CIRCLE,
        LINK_OUT_FROM_THE_TOP,
        LINK_OUT_BY_PARENTS,
        LINK_TO_PROC;

        void play(BootableRoot root, String file, Path outside) throws IOException {
            Path path = root.path(file);
            Files.createDirectories(outside.getParent());
            Files.move(path, outside);
            switch (this) {
                case PIPE -> Tool.run("mkfifo", "-m", "755", path.toString());
                case DIRECTORY -> Files.createDirectory(path);
                case CIRCLE -> Files.createSymbolicLink(path, path.getFileName());
                case LINK_OUT_FROM_THE_TOP -> Files.createSymbolicLink(path, outside);
                case LINK_OUT_BY_PARENTS ->
                    Files.createSymbolicLink(path, path.resolveSibling("").relativize(outside));
                case LINK_TO_PROC -> Files.createSymbolicLink(path, Path.of("/proc/self/root" + outside));
            }
        }
    }

    /// Each file is moved out of the root, and something else put in its place. A link to where it is now would have it
    /// all there, were it followed.
    @ParameterizedTest
    @EnumSource(Trick.class)
    void noTrickPassesForAFileOrHoldsItUp(Trick trick) throws Exception {
        List<String> files = root.files();
        assertThat(files).hasSizeGreaterThan(15);
        Path outside = directory.resolve("outside");
        for (String file : files) {
            trick.play(root, file, outside.resolve(file));

            assertThat(lacking()).as(file).isNotEmpty().allSatisfy(RootInspectionTest::isFitForALine);

            root.remove(file);
            Files.move(outside.resolve(file), root.path(file));
            assertThat(lacking()).as(file).isEmpty();
        }
    }

    @Test
    void aHugeFileIsReadNoFurtherThanNeeded() throws Exception {
        for (String file : root.files()) {
            try (RandomAccessFile huge = new RandomAccessFile(root.path(file).toFile(), "rw")) {
                huge.setLength(HUGE);
            }
        }
        assertThat(lacking()).isEmpty();

        root.file(LIBRARY, "");
        try (RandomAccessFile huge = new RandomAccessFile(root.path(LIBRARY).toFile(), "rw")) {
            huge.setLength(HUGE);
        }
        assertThat(lacking()).extracting(Finding::requirement).containsExactly(Requirement.TRANSACTIONAL_UPDATE);
    }

    @Test
    void whatARootSaysIsMadeHarmless() throws Exception {
        String evil = "\u001b]0;x\u0007\r\n" + "x".repeat(150);
        root.remove("usr/lib/modules");
        Files.createDirectories(root.path("usr/lib/modules/" + evil));
        root.link("usr/bin/rsync", evil);
        root.file("etc/tukit.conf.d/z.conf", "SNAPSHOT_MANAGER=\u001b[31m" + "\u202e\n");
        root.file("etc/passwd", "root:x:0:0:root:/root:/\0\u001b[31m" + "y".repeat(10_000) + "\n");
        root.append("usr/lib/os-release", "ARCHITECTURE=\u0007\u009b\n");

        assertThat(lacking())
                .extracting(Finding::requirement)
                .containsExactly(
                        Requirement.TRANSACTIONAL_UPDATE,
                        Requirement.KERNEL,
                        Requirement.RSYNC,
                        Requirement.ARCHITECTURE,
                        Requirement.LOGIN);
        assertThat(lacking()).allSatisfy(RootInspectionTest::isFitForALine);
    }

    @Test
    void aRootThatIsNotThereIsAnError() {
        assertThatThrownBy(() -> RootInspection.ofThisMachine().inspect(directory.resolve("nowhere")))
                .isInstanceOf(StorageFailed.class)
                .hasMessageContaining("can't verify");
    }

    private static void isFitForALine(Finding finding) {
        for (String text : List.of(finding.found(), finding.mend())) {
            assertThat(text).hasSizeLessThan(1000);
            assertThat(text.chars()).as(text).noneMatch(c -> Character.isISOControl(c) || c == '\u202e');
        }
    }

    private static void mode(Path file, String mode) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }
}
