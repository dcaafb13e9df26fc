package org.opensuse.containersnap.archive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opensuse.containersnap.engine.Archives.OpenArchive;
import org.opensuse.containersnap.lab.LoopBtrfs;
import org.opensuse.containersnap.lab.Tool;
import org.opensuse.containersnap.snapshot.ArchiveSource;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.LoadFailed;
import org.opensuse.containersnap.snapshot.Failure.NoSuchFile;
import org.opensuse.containersnap.snapshot.User;

/// What a user may have loaded: what they could read themselves, whatever they put on the way to it.
@Timeout(60)
class ArchiveFilesIT {
    private static final String SECRET = "the secret";
    private static final String OWN = "own";
    private static final User ROOT = new User(0, List.of(0L));
    private static final User USER = new User(4001, List.of(4001L, 4100L));
    private static final int ROUNDS = 1500;

    private final ArchiveFiles files = new ArchiveFiles();

    @TempDir
    private Path directory;

    @BeforeAll
    static void needRoot() {
        LoopBtrfs.requireRoot();
    }

    @BeforeEach
    void openToAll() throws IOException {
        mode(directory, "rwxr-xr-x");
        file("own", "rw-------", OWN);
        owner("own", "4001:4001");
        file("secret", "rw-------", SECRET);
        Files.createDirectory(directory.resolve("closed"));
        file("closed/readable", "rw-r--r--", SECRET);
        mode(directory.resolve("closed"), "rwx------");
    }

    private void file(String name, String permissions, String content) throws IOException {
        mode(Files.writeString(directory.resolve(name), content), permissions);
    }

    private static void mode(Path file, String permissions) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }

    private void owner(String name, String owner) {
        Tool.run("chown", owner, directory.resolve(name).toString());
    }

    private OpenArchive open(Path path, User user) throws Failure {
        return files.open(new ArchiveSource(ArchiveSource.Transport.OCI_ARCHIVE, path), user);
    }

    private String read(String name, User user) throws Failure, IOException {
        try (OpenArchive archive = open(directory.resolve(name), user);
                InputStream content = archive.content()) {
            byte[] bytes = content.readAllBytes();
            assertThat(archive.sizeBytes()).isEqualTo(bytes.length);
            return new String(bytes, UTF_8);
        }
    }

    private void assertRefused(Path path, User user, String reason) {
        assertThatThrownBy(() -> open(path, user))
                .isInstanceOf(NoSuchFile.class)
                .hasMessage("can't read '" + path + "': " + reason)
                .hasMessageNotContaining(SECRET);
    }

    @Test
    void aUserReadsTheirOwnFile() throws Failure, IOException {
        assertThat(read("own", USER)).isEqualTo(OWN);
    }

    @ParameterizedTest
    @CsvSource({"4001:0, rw-------", "0:4001, rw-r-----", "0:4100, rw-r-----", "0:0, rw-r--r--"})
    void aUserReadsWhatTheirUserAndGroupsMay(String owner, String permissions) throws Failure, IOException {
        file("shared", permissions, "shared");
        owner("shared", owner);

        assertThat(read("shared", USER)).isEqualTo("shared");
    }

    @ParameterizedTest
    @CsvSource({"0:0, rw-------", "0:0, rw-rw----", "0:4200, rw-r-----", "4002:4002, rw-------", "4001:4001, -wxrwxrwx"
    })
    void aUserDoesNotReadWhatTheyMayNot(String owner, String permissions) throws IOException {
        file("other", permissions, SECRET);
        owner("other", owner);

        assertRefused(directory.resolve("other"), USER, "permission denied");
    }

    @Test
    void aFileThatAllMayReadInADirectoryThatTheyMayNotEnterIsRefused() {
        assertRefused(directory.resolve("closed/readable"), USER, "permission denied");
    }

    @Test
    void aLinkLeadsNowhereThatTheUserCouldNotGo() throws IOException, Failure {
        Files.createSymbolicLink(directory.resolve("to-own"), directory.resolve("own"));
        Files.createSymbolicLink(directory.resolve("to-secret"), directory.resolve("secret"));
        Files.createSymbolicLink(directory.resolve("to-closed"), directory.resolve("closed/readable"));
        Files.createSymbolicLink(directory.resolve("to-nothing"), directory.resolve("nothing"));
        Files.createSymbolicLink(directory.resolve("to-itself"), directory.resolve("to-itself"));

        assertThat(read("to-own", USER)).isEqualTo(OWN);
        assertRefused(directory.resolve("to-secret"), USER, "permission denied");
        assertRefused(directory.resolve("to-closed"), USER, "permission denied");
        assertRefused(directory.resolve("to-nothing"), USER, "there is no such file");
        assertRefused(
                directory.resolve("to-itself"),
                USER,
                "it leads in a circle, or through a link of /proc to an open file");
    }

    /// The daemon's own descriptors would lead past the directories that they lie in.
    @ParameterizedTest
    @CsvSource({"/proc/self/fd", "/proc/thread-self/fd", "/dev/fd"})
    void theDaemonsOpenFilesAreOutOfReach(String descriptors) throws IOException {
        try (InputStream _ = Files.newInputStream(directory.resolve("closed/readable"))) {
            List<Path> open = openFilesOf(directory.resolve("closed/readable"));
            assertThat(open).isNotEmpty();
            for (Path number : open) {
                for (User user : List.of(USER, ROOT)) {
                    assertThatThrownBy(() -> open(Path.of(descriptors, number.toString()), user))
                            .isInstanceOf(NoSuchFile.class)
                            .hasMessageContaining("through a link of /proc")
                            .hasMessageNotContaining(SECRET);
                }
            }
        }
    }

    private static List<Path> openFilesOf(Path file) throws IOException {
        try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors
                    .filter(number -> leadsTo(number, file))
                    .map(Path::getFileName)
                    .toList();
        }
    }

    private static boolean leadsTo(Path link, Path file) {
        try {
            return Files.readSymbolicLink(link).equals(file);
        } catch (IOException e) {
            return false; // that of the list itself, which is closed
        }
    }

    @ParameterizedTest
    @CsvSource({"/proc/1/root/etc/shadow", "/proc/self/root/etc/shadow", "/proc/self/environ", "/proc/self/mem"})
    void processesAreOutOfReach(String path) {
        assertThatThrownBy(() -> open(Path.of(path), USER)).isInstanceOf(Failure.class);
    }

    @Test
    void onlyARegularFileIsOpened() throws IOException {
        Path pipe = directory.resolve("pipe");
        Tool.run("mkfifo", "--mode=666", pipe.toString());
        Path socket = directory.resolve("socket");
        try (ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listening.bind(UnixDomainSocketAddress.of(socket));
            for (User user : List.of(USER, ROOT)) {
                assertRefused(pipe, user, "it is not a regular file");
                assertRefused(socket, user, "it is not a regular file");
                assertRefused(Path.of("/dev/zero"), user, "it is not a regular file");
                assertRefused(directory, user, "it is a directory");
                assertRefused(directory.resolve("nothing"), user, "there is no such file");
            }
        }
    }

    @Test
    void anEmptyFileIsNoArchive() throws IOException {
        file("empty", "rw-r--r--", "");

        assertThatThrownBy(() -> open(directory.resolve("empty"), USER)).isInstanceOf(LoadFailed.class);
    }

    @Test
    void whatIsOpenStaysTheSameFile() throws Failure, IOException {
        try (OpenArchive archive = open(directory.resolve("own"), USER)) {
            Files.move(directory.resolve("secret"), directory.resolve("own"), StandardCopyOption.REPLACE_EXISTING);

            assertThat(archive.content().readAllBytes()).isEqualTo(OWN.getBytes(UTF_8));
        }
    }

    /// The name changes as fast as it can between the user's file, a secret and a pipe.
    @Test
    void aNameThatKeepsChangingNeverGivesMoreThanTheUsersOwnFile() throws IOException, InterruptedException {
        Path name = directory.resolve("name");
        Path next = directory.resolve("next");
        Path pipe = directory.resolve("pipe");
        Tool.run("mkfifo", "--mode=666", pipe.toString());
        Files.createSymbolicLink(name, directory.resolve("own"));
        AtomicBoolean stop = new AtomicBoolean();
        List<Path> targets = List.of(directory.resolve("secret"), pipe, directory.resolve("own"));
        Thread changing = Thread.ofPlatform().start(() -> {
            for (int i = 0; !stop.get(); i++) {
                try {
                    Files.createSymbolicLink(next, targets.get(i % targets.size()));
                    Files.move(next, name, StandardCopyOption.ATOMIC_MOVE);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        });
        int opened = 0;
        int refused = 0;
        try {
            for (int i = 0; i < ROUNDS; i++) {
                try {
                    assertThat(read("name", USER)).isEqualTo(OWN);
                    opened++;
                } catch (Failure e) {
                    assertThat(e).isInstanceOf(NoSuchFile.class).hasMessageNotContaining(SECRET);
                    refused++;
                }
            }
        } finally {
            stop.set(true);
            changing.join();
        }
        assertThat(opened).isPositive();
        assertThat(refused).isPositive();
    }

    @Test
    void theDaemonItselfKeepsItsRights() throws Failure, IOException {
        read("own", USER);

        assertThat(read("secret", ROOT)).isEqualTo(SECRET);
        assertThat(Files.readString(directory.resolve("closed/readable"))).isEqualTo(SECRET);
        assertThat(Files.readString(Path.of("/proc/self/status"))).containsPattern("Uid:\\t0\\t0\\t0\\t0\\n");
    }
}
