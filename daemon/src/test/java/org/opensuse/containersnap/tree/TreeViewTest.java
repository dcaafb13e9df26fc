package org.opensuse.containersnap.tree;

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
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opensuse.containersnap.lab.Tool;
import org.opensuse.containersnap.tree.Status.Kind;

/// A tree beside which a secret lies: paths end inside, whatever links and ".." are on the way.
@Timeout(60)
class TreeViewTest {
    private static final String SECRET = "the secret";
    private static final String INSIDE = "inside";
    private static final int ROUNDS = 3000;

    @TempDir
    private Path directory;

    private Path root = Path.of("/");
    private TreeView tree;

    @BeforeEach
    void make() throws IOException {
        Files.writeString(directory.resolve("secret"), SECRET);
        root = Files.createDirectories(directory.resolve("root"));
        Files.createDirectories(root.resolve("usr/bin"));
        Files.writeString(root.resolve("usr/bin/sh"), INSIDE);
        Files.setPosixFilePermissions(root.resolve("usr/bin/sh"), PosixFilePermissions.fromString("rwxr-x---"));
        link("bin", "usr/bin");
        tree = TreeView.of(root);
    }

    @AfterEach
    void close() {
        tree.close();
    }

    private void link(String path, String target) throws IOException {
        Files.createSymbolicLink(root.resolve(path), Path.of(target.replace("OUT", directory.toString())));
    }

    private Optional<String> read(String path) throws IOException {
        Optional<InputStream> opened = tree.read(path);
        if (opened.isEmpty()) {
            return Optional.empty();
        }
        try (InputStream file = opened.get()) {
            return Optional.of(new String(file.readAllBytes(), UTF_8));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "usr/bin/sh",
        "/usr/bin/sh",
        "../../usr/bin/sh",
        "/bin/sh",
        "../bin/sh",
        "bin/../../usr/bin/sh",
        "usr/../../../../../usr/./bin/sh"
    })
    void aLinkIsFollowedAsTheRootsOwnSystemWould(String target) throws IOException {
        link("way", target);

        assertThat(read("/way")).contains(INSIDE);
        assertThat(tree.status("/way")).contains(new Status(Kind.FILE, 0750, INSIDE.length()));
        assertThat(tree.linkStatus("/way")).map(Status::kind).contains(Kind.LINK);
        assertThat(tree.target("/way")).contains(target);
    }

    @ParameterizedTest
    @CsvSource({
        "OUT/secret",
        "../secret",
        "../../../../../../../../../../../../OUT/secret",
        "usr/bin/../../../secret",
        "/proc/self/root/OUT/secret",
        "/proc/self/cwd",
        "way",
        "/way/..",
        "nowhere"
    })
    void aLinkThatWouldLeadOutLeadsNowhere(String target) throws IOException {
        link("way", target);

        assertThat(read("/way")).isEmpty();
        assertThat(tree.status("/way")).isEmpty();
        assertThat(tree.names("/way", 10)).isEmpty();
        assertThat(tree.linkStatus("/way")).map(Status::kind).contains(Kind.LINK);
    }

    @ParameterizedTest
    @CsvSource({"/nowhere", "/../secret", "/usr/bin/../../../secret", "/usr/bin/sh/x", "/no/where", "/bin/sh\0x"})
    void aPathOfWhichThereIsNothingGivesNothing(String path) throws IOException {
        assertThat(tree.status(path)).isEmpty();
        assertThat(read(path)).isEmpty();
        assertThat(tree.names(path, 10)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"/nowhere", "/usr/bin/sh", "/usr", "/usr/bin/sh/x", "/no/where"})
    void whatIsNoLinkHasNoTarget(String path) throws IOException {
        assertThat(tree.target(path)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"/", "/.", "/..", "/usr/..", "/usr/bin/", "/nowhere", "/no/where", "/usr/bin/sh/x", "/s\0h"})
    void aPathThatEndsWithNoNameOfAnEntryIsNone(String path) throws IOException {
        assertThat(tree.linkStatus(path)).isEmpty();
        assertThat(tree.target(path)).isEmpty();
    }

    @Test
    void aPathThatIsTooLongGivesNothing() throws IOException {
        assertThat(tree.status("/" + "x".repeat(300))).isEmpty();
        assertThat(tree.status("/usr".repeat(2000))).isEmpty();
    }

    @Test
    void aDirectoryIsListedAsFarAsAsked() throws IOException {
        for (int i = 0; i < 20; i++) {
            Files.createFile(root.resolve("usr/bin/" + i));
        }

        assertThat(tree.names("/bin", 100)).hasSize(21).contains("sh", "0", "19");
        assertThat(tree.names("/bin", 5)).hasSize(5);
        assertThat(tree.names("/bin/sh", 5)).isEmpty();
        assertThat(tree.status("/bin")).map(Status::kind).contains(Kind.DIRECTORY);
        assertThat(read("/bin")).isEmpty();
    }

    @Test
    void pipesAndSocketsAreNotOpened() throws IOException {
        Tool.run("mkfifo", root.resolve("pipe").toString());
        // The path of a socket has at most 107 bytes.
        Path socket = Files.createTempDirectory("tree").resolve("socket");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            Files.move(socket, root.resolve("socket"));
        }
        Files.delete(socket.getParent());

        for (String path : new String[] {"/pipe", "/socket"}) {
            assertThat(read(path)).isEmpty();
            assertThat(tree.status(path)).map(Status::kind).contains(Kind.OTHER);
        }
    }

    @Test
    void aTreeThatIsNotThereIsAnError() {
        assertThatThrownBy(() -> TreeView.of(directory.resolve("nowhere")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("nowhere");
    }

    /// A directory on the way is exchanged for a link to the outside all the time. Each ".." makes the kernel give up
    /// now and then, since something is renamed meanwhile, which must not come through either.
    @Test
    void noMomentOfAMoveLeadsOut() throws Exception {
        Path way = root.resolve("usr/way");
        Path held = root.resolve("held");
        Files.createDirectories(way);
        Files.writeString(way.resolve("secret"), INSIDE);
        Path link = root.resolve("link");
        AtomicBoolean done = new AtomicBoolean();
        Thread mover = Thread.ofPlatform().start(() -> {
            try {
                while (!done.get()) {
                    Files.move(way, held);
                    Files.createSymbolicLink(link, directory);
                    Files.move(link, way, StandardCopyOption.ATOMIC_MOVE);
                    Files.delete(way);
                    Files.move(held, way);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        Set<Optional<String>> seen = new HashSet<>();
        try {
            for (int i = 0; i < ROUNDS; i++) {
                seen.add(read(i % 2 == 0 ? "/usr/way/secret" : "/usr/bin/../way/secret"));
            }
        } finally {
            done.set(true);
            mover.join();
        }

        assertThat(seen).contains(Optional.of(INSIDE)).isSubsetOf(Optional.of(INSIDE), Optional.empty());
    }
}
