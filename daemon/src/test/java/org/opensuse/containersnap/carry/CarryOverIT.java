package org.opensuse.containersnap.carry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.lab.LoopBtrfs;
import org.opensuse.containersnap.lab.Tool;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.NoSpace;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;

/// What comes along with files, and what hostile or busy trees can do to it.
@Timeout(60)
class CarryOverIT {
    @RegisterExtension
    static final LoopBtrfs BTRFS = new LoopBtrfs();

    private static final int ROUNDS = 100;
    private static final int BIG = 8 << 20;

    private Scene scene;

    @BeforeEach
    void begin() throws IOException {
        scene = new Scene(BTRFS.path());
    }

    @AfterEach
    void end() {
        scene.remove();
    }

    private void inRunning(String script) {
        Tool.run(
                "bash",
                "-ec",
                "cd \"$1\"/etc; " + script,
                "bash",
                scene.running().toString());
    }

    private String inImage(String script) {
        return Tool.run(
                "bash", "-ec", "cd \"$1\"/etc; " + script, "bash", scene.image().toString());
    }

    private static final String ATTRIBUTES = """
            python3 - <<'END'
            import os
            acl = bytes.fromhex('0200000001000600ffffffff02000600e803000004000400ffffffff10000600ffffffff20000400ffffffff')
            for path in 'f', 'd':
                os.setxattr(path, 'system.posix_acl_access', acl)
            os.setxattr('d', 'system.posix_acl_default', acl)
            os.setxattr('f', 'security.selinux', b'system_u:object_r:etc_t:s0\\0')
            os.setxattr('l', 'security.selinux', b'system_u:object_r:lnk_t:s0\\0', follow_symlinks=False)
            os.setxattr('f', 'trusted.t', b'')
            os.setxattr('f', 'user.u', bytes(range(256)))
            END
            """;

    private static final String FACTS = """
            python3 - <<'END'
            import os
            for path in sorted(os.path.join(d, n) for d, ds, fs in os.walk('.') for n in ds + fs):
                s = os.lstat(path)
                print(path, oct(s.st_mode), s.st_uid, s.st_gid, s.st_mtime_ns, s.st_rdev, s.st_nlink,
                    [(x, os.getxattr(path, x, follow_symlinks=False)) for x in sorted(os.listxattr(path, follow_symlinks=False))])
            END
            """;

    @Test
    void allThatAFileHasComesAlong() throws Exception {
        scene.withEtc("", "f=text/6755@7 d={inside=x}/2770 l=>target@8 p=!/600 program=x/755", "other=x");
        inRunning(ATTRIBUTES + "setcap cap_net_raw+ep program; mknod -m 640 null c 1 3; mknod b b 7 300; "
                + "touch -hd '2001-02-03 04:05:06.123456789' f l d d/inside; touch -d 1969-12-31T23:59:58.5 p");

        scene.carryOver();

        String facts = Tool.run(
                "bash",
                "-ec",
                "cd \"$1\"/etc; " + FACTS,
                "bash",
                scene.running().toString());
        assertThat(inImage("rm other; " + FACTS)).isEqualTo(facts).contains("posix_acl", "security.capability");
    }

    /// A default access control list of the directory would be inherited.
    @Test
    void whatTheDirectoryWouldGiveIsNotTaken() throws Exception {
        scene.withEtc("d={}", "d={f=text/600}", "d={}");
        inImage("python3 -c \"import os; os.setxattr('d', 'system.posix_acl_default', bytes.fromhex("
                + "'0200000001000600ffffffff02000600e803000004000400ffffffff10000600ffffffff20000400ffffffff'))\"");

        scene.carryOver();

        assertThat(inImage("python3 -c \"import os; print(os.listxattr('d/f'))\""))
                .isEqualTo("[]\n");
        assertThat(scene.etc()).isEqualTo("d={f=text/600}");
    }

    @Test
    void aLabelGoesWithTheContent() throws Exception {
        scene.withEtc("f=a g=a", "f=a g=b", "f=c g=a");
        String label = "python3 -c \"import os; [os.setxattr(f, 'security.selinux', b'%s') for f in 'fg']\"";
        inRunning(label.formatted("mine"));
        inImage(label.formatted("images"));

        List<Entry> done = scene.carryOver();

        assertThat(inImage("python3 -c \"import os; print([os.getxattr(f, 'security.selinux') for f in 'fg'])\""))
                .isEqualTo("[b'images', b'mine']\n");
        assertThat(done).extracting(Entry::path).containsExactly("/etc/g");
    }

    @Test
    void filesWithSeveralNamesStayOne() throws Exception {
        scene.withEtc("", "a=text d={}", "c=text");
        inRunning("ln a b; ln a d/c; touch -r a c 2>/dev/null; rm -f c");

        scene.carryOver();

        assertThat(inImage("stat -c %h,%i a b d/c | sort -u | wc -l; stat -c %h a"))
                .isEqualTo("1\n3\n");
    }

    /// A name of the image elsewhere is not changed with it.
    @Test
    void anImagesFileWithSeveralNamesIsNotChangedUnderTheOthers() throws Exception {
        scene.withEtc("f=a", "f=a/600", "f=a");
        inImage("mkdir ../usr; ln f ../usr/f");

        scene.carryOver();

        assertThat(scene.etc()).isEqualTo("f=a/600");
        assertThat(inImage("stat -c %a ../usr/f")).isEqualTo("644\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "../outside", "../../../outside", "/proc/self/cwd", ".", "etc"})
    void etcIsALink(String target) throws Exception {
        Sketch.draw(Files.createDirectories(scene.running().resolve("etc")), "fstab=mine secret=mine shadow=mine");
        Files.createSymbolicLink(scene.image().resolve("etc"), Path.of(target));

        scene.carryOver();

        assertThat(Sketch.of(scene.image().resolve("etc"))).isEqualTo("fstab=mine secret=mine shadow=mine");
        assertThat(Files.readSymbolicLink(scene.image().resolve("etc.rpmnew"))).hasToString(target);
        assertThat(Sketch.of(scene.outside())).isEqualTo("secret=secret");
    }

    @Test
    void namesAreAnyBytes() throws Exception {
        scene.withEtc("", "", "");
        inRunning("for n in $'new\\nline' $'\\xff\\xfe' $'tab\\t' '*' '-rf' ' ' 'größe' $'\\xed\\xb2\\x80'; do"
                + " echo x > ./\"$n\"; mkdir -p ./\"d$n\"; ln -s \"$n\" ./\"d$n/l$n\"; done");
        String list = "find . | LC_ALL=C sort | od -An -tx1";

        scene.plan();
        new CarryOver(_ -> {}).apply(scene.plan());

        assertThat(inImage(list))
                .isEqualTo(Tool.run(
                        "bash",
                        "-ec",
                        "cd \"$1\"/etc; " + list,
                        "bash",
                        scene.running().toString()));
        assertThat(scene.plan().entries()).isEmpty();
    }

    /// Neither is opened: one would wait, the other never end.
    @Test
    void pipesAndDevicesAreMadeNotRead() throws Exception {
        scene.withEtc("p=x zero=x", "p=!/600", "p=x zero=x");
        inRunning("mknod zero c 1 5");
        inImage("rm p; mkfifo p");

        new CarryOver(_ -> {}).apply(scene.plan());

        assertThat(inImage("stat -c '%F %t %T' p zero")).isEqualTo("fifo 0 0\ncharacter special file 1 5\n");
        assertThat(scene.plan().entries()).isEmpty();
    }

    @Test
    void whatIsMountedInTheRunningSystemIsNotItsOwn() throws Exception {
        scene.withEtc("", "own=x mounted={}", "");
        Path mounted = scene.running().resolve("etc/mounted");
        Tool.run("mount", "-t", "tmpfs", "none", mounted.toString());
        try {
            Files.writeString(mounted.resolve("theirs"), "x");

            scene.carryOver();

            assertThat(scene.etc()).isEqualTo("own=x");
        } finally {
            Tool.run("umount", mounted.toString());
        }
    }

    @Test
    void largeFilesOfAnotherFileSystemAreCopied() throws Exception {
        scene.withEtc("", "", "").withRules("keep /srv/data");
        Path data = Files.createDirectories(scene.running().resolve("srv/data"));
        Tool.run("mount", "-t", "tmpfs", "none", data.toString());
        try {
            Tool.run("bash", "-ec", "head -c 50000000 /dev/urandom > \"$1\"/big", "bash", data.toString());

            new CarryOver(_ -> {}).apply(scene.plan());

            Tool.run("cmp", data + "/big", scene.image() + "/srv/data/big");
            assertThat(scene.plan().entries()).isEmpty();
        } finally {
            Tool.run("umount", data.toString());
        }
    }

    /// All of a file is of one byte, which becomes the next one from its beginning to its end all the time. So at any
    /// moment it has one of them before the one before.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFileThatChangesIsCopiedAsItWasAtOneMoment(boolean elsewhere) throws Exception {
        scene.withEtc("", "", "").withRules("keep /srv/data");
        Path data = Files.createDirectories(scene.running().resolve("srv/data"));
        if (elsewhere) {
            Tool.run("mount", "-t", "tmpfs", "none", data.toString());
        }
        Path file = data.resolve("file");
        Files.write(file, new byte[BIG]);
        AtomicBoolean stop = new AtomicBoolean();
        CountDownLatch begun = new CountDownLatch(1);
        Thread writer = Thread.ofPlatform().start(() -> {
            byte[] content = new byte[BIG];
            for (byte value = 1; !stop.get(); value++) {
                Arrays.fill(content, value);
                write(file, content);
                begun.countDown();
            }
        });
        try {
            begun.await();
            Plan plan = scene.plan();
            try {
                new CarryOver(_ -> {}).apply(plan);
                assertOfOneMoment(scene.image().resolve("srv/data/file"));
            } catch (StorageFailed e) {
                assertThat(e).hasMessageContaining("'/srv/data/file': it keeps changing");
            }
        } finally {
            stop.set(true);
            writer.join();
        }
        new CarryOver(_ -> {}).apply(scene.plan());
        assertUniform(scene.image().resolve("srv/data/file"));
        if (elsewhere) {
            Tool.run("umount", data.toString());
        }
    }

    private static void assertOfOneMoment(Path file) throws IOException {
        byte[] content = Files.readAllBytes(file);
        byte[] expected = new byte[BIG];
        Arrays.fill(expected, content[0]);
        int old = Arrays.mismatch(content, expected);
        if (old >= 0) {
            Arrays.fill(expected, old, BIG, (byte) (content[0] - 1));
        }
        assertThat(Arrays.mismatch(content, expected)).isEqualTo(-1);
    }

    private static void assertUniform(Path file) throws IOException {
        byte[] content = Files.readAllBytes(file);
        byte[] expected = new byte[BIG];
        Arrays.fill(expected, content[0]);
        assertThat(Arrays.mismatch(content, expected)).isEqualTo(-1);
    }

    private static void write(Path file, byte[] content) {
        try {
            Files.write(file, content, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A directory of the running system becomes a link to somewhere else and comes back, as fast as can be.
    @Test
    void whateverChangesMeanwhileNothingElseIsRead() throws Exception {
        scene.withEtc("", "d={secret=own}", "");
        Path name = scene.running().resolve("etc/d");
        Path real = scene.running().resolve("real");
        Path next = scene.running().resolve("next");
        Files.move(name, real);
        AtomicBoolean stop = new AtomicBoolean();
        Thread changing = Thread.ofPlatform().start(() -> {
            try {
                while (!stop.get()) {
                    Files.move(real, name);
                    Files.move(name, real);
                    Files.createSymbolicLink(next, scene.outside());
                    Files.move(next, name, StandardCopyOption.ATOMIC_MOVE);
                    Files.delete(name);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        try {
            for (int i = 0; i < ROUNDS; i++) {
                new CarryOver(_ -> {}).apply(scene.plan());
                Path made = scene.image().resolve("etc/d");
                Path read = made.resolve("secret");
                if (!Files.isSymbolicLink(made) && Files.exists(read)) {
                    assertThat(read).hasContent("own");
                }
                Tool.run("rm", "-rf", made.toString());
            }
        } finally {
            stop.set(true);
            changing.join();
        }
        assertThat(Sketch.of(scene.outside())).isEqualTo("secret=secret");
    }

    @Test
    void whatGoesBeforeItIsCopiedIsTold() throws Exception {
        scene.withEtc("f=a", "f=b", "f=a");
        Plan plan = scene.plan();
        Files.delete(scene.running().resolve("etc/f"));

        List<Entry> done = new CarryOver(_ -> {}).apply(plan);

        assertThat(done).extracting(Entry::conflict).containsExactly(Optional.of(Conflict.VANISHED));
        assertThat(scene.etc()).isEqualTo("f=a");
    }

    @Test
    void aMachineKeepsItsUsersAndGetsThoseOfNewServices() throws Exception {
        scene.withEtc("", "", "");
        users(scene.base(), "root:x:0:0::/root:/bin/sh\n", "root:*:1::::::\n");
        users(
                scene.running(),
                "root:x:0:0::/root:/bin/sh\nal:x:1000:100::/home/al:/bin/sh\n",
                "root:$6$mine:2::::::\nal:$6$al:2::::::\n");
        users(
                scene.image(),
                "root:x:0:0::/root:/bin/sh\ndb:x:480:480::/:/bin/false\n",
                "root:$6$image:3::::::\ndb:!:3::::::\n");

        List<Entry> done = scene.carryOver();

        assertThat(scene.image().resolve("etc/passwd"))
                .hasContent("root:x:0:0::/root:/bin/sh\nal:x:1000:100::/home/al:/bin/sh\ndb:x:480:480::/:/bin/false\n");
        assertThat(scene.image().resolve("etc/shadow"))
                .hasContent("root:$6$mine:2::::::\nal:$6$al:2::::::\ndb:!:3::::::\n");
        assertThat(inImage("stat -c %a shadow")).isEqualTo("640\n");
        assertThat(done).allMatch(entry -> entry.conflict().isEmpty());
    }

    private static void users(Path root, String passwd, String shadow) throws IOException {
        Files.writeString(root.resolve("etc/passwd"), passwd);
        Files.writeString(root.resolve("etc/shadow"), shadow);
        Files.setAttribute(root.resolve("etc/shadow"), "unix:mode", 0640);
    }

    @Test
    void aFullFileSystemIsNamed() throws Exception {
        scene.withEtc("", "", "").withRules("keep /srv/data");
        Path data = Files.createDirectories(scene.running().resolve("srv/data"));
        Path small = Files.createDirectories(scene.image().resolve("srv"));
        Files.write(data.resolve("file"), new byte[BIG]);
        Tool.run("mount", "-t", "tmpfs", "-o", "size=4m", "none", small.toString());
        try {
            assertThatThrownBy(() -> new CarryOver(_ -> {}).apply(scene.plan()))
                    .isInstanceOf(NoSpace.class)
                    .hasMessageContaining("'/srv/data/");
        } finally {
            Tool.run("umount", small.toString());
        }
    }

    @Test
    void aJobThatIsCancelledStopsInBetween() throws Exception {
        scene.withEtc("", "f=a", "");
        Plan plan = scene.plan();

        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> new CarryOver(_ -> {}).apply(plan)).isInstanceOf(InterruptedException.class);
        assertThat(scene.etc()).isEmpty();
    }

    @Test
    void aSyncThatFailsIsTheEnd() throws Exception {
        scene.withEtc("", "f=a", "");
        Failure failure = new StorageFailed("no sync", null);
        CarryOver carryOver = new CarryOver(_ -> {
            throw failure;
        });

        assertThatThrownBy(() -> carryOver.apply(scene.plan())).isSameAs(failure);
    }
}
