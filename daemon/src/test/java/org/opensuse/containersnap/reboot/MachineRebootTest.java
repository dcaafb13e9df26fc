package org.opensuse.containersnap.reboot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.engine.Reboot.Method;
import org.opensuse.containersnap.lab.PrivateBus;
import org.opensuse.containersnap.snapshot.Failure.InvalidConfiguration;
import org.opensuse.containersnap.wire.BusConnection;
import org.opensuse.containersnap.wire.BusError;
import org.opensuse.containersnap.wire.Call;

/// Who is asked to restart a machine, and what comes of it, with a logind on a real bus that says what the test wants;
/// the
/// real one restarts a machine in dev/system-test.
@Timeout(60)
class MachineRebootTest {
    private static final String LOGIND = "org.freedesktop.login1";

    @TempDir
    private Path root;

    private final BlockingQueue<Call> asked = new LinkedBlockingQueue<>();
    private PrivateBus bus;
    private BusConnection logind;
    private MachineReboot reboot;

    @BeforeEach
    void connect() throws IOException {
        bus = PrivateBus.start();
        logind = BusConnection.connect(bus.address());
        reboot = new MachineReboot(bus.address(), root);
    }

    @AfterEach
    void disconnect() throws IOException {
        logind.close();
        bus.close();
    }

    private void configure(String directory, String text) throws IOException {
        Path file = root.resolve(directory).resolve("transactional-update.conf");
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    /// A program that writes down how it was called.
    private Path program(String path, String script) throws IOException {
        Path program = root.resolve(path);
        Files.createDirectories(program.getParent());
        Files.writeString(program, "#!/bin/sh\necho \"$*\" >>\"$0.called\"\n" + script + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return Path.of(program + ".called");
    }

    private void beLogind(Consumer<Call> answers) throws BusError {
        logind.serve(call -> {
            asked.add(call);
            answers.accept(call);
        });
        logind.own(LOGIND);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "'',                                             SYSTEMD",
        "REBOOT_METHOD=auto,                             SYSTEMD",
        "REBOOT_METHOD=,                                 SYSTEMD",
        "REBOOT_METHOD=systemd,                          SYSTEMD",
        "REBOOT_METHOD=kexec,                            SYSTEMD",
        "REBOOT_METHOD=rebootmgr,                        REBOOTMGR",
        "REBOOT_METHOD=\"rebootmgr\" # in the window,    REBOOTMGR",
        "'  REBOOT_METHOD=''notify''',                   NOTIFY",
        "REBOOT_METHOD=kured;REBOOT_METHOD=none,         NONE",
        "#REBOOT_METHOD=none;REBOOT_METHOD=kured,        KURED",
        "UPDATE_METHOD=dup;MY_REBOOT_METHOD=none,        SYSTEMD",
    })
    void theMethodIsThatOfTransactionalUpdate(String lines, Method method) throws Exception {
        configure("etc", lines.replace(';', '\n') + "\n");
        assertThat(reboot.method()).isEqualTo(method);
    }

    @Test
    void theAdministratorsFileCountsMoreThanTheVendors() throws Exception {
        configure("usr/etc", "REBOOT_METHOD=kured\n");
        assertThat(reboot.method()).isEqualTo(Method.KURED);
        configure("etc", "# nothing\n");
        assertThat(reboot.method()).isEqualTo(Method.KURED);
        configure("etc", "REBOOT_METHOD=none\n");
        assertThat(reboot.method()).isEqualTo(Method.NONE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"now", "\"none", "$METHOD", "none; reboot -f", "NONE"})
    void whatIsNoMethodIsRefusedWithItsLine(String word) throws IOException {
        configure("etc", "UPDATE_METHOD=dup\nREBOOT_METHOD=" + word + "\n");
        assertThatThrownBy(reboot::method)
                .isInstanceOf(InvalidConfiguration.class)
                .hasMessageStartingWith("'/etc/transactional-update.conf', line 2: REBOOT_METHOD is ")
                .hasMessageContaining("expected auto, rebootmgr, notify, systemd, kured, kexec or none");
    }

    @ParameterizedTest
    @CsvSource({"exit 0, REBOOTMGR", "exit 1, SYSTEMD"})
    void withoutOneRebootmgrIsAskedWhereItIsActive(String answer, Method method) throws Exception {
        Path called = program("usr/sbin/rebootmgrctl", answer);
        assertThat(reboot.method()).isEqualTo(method);
        assertThat(called).hasContent("is-active --quiet\n");
    }

    @Test
    void rebootmgrAndTheNotifierAreCalledAsTukitCallsThem() throws Exception {
        Path manager = program("usr/sbin/rebootmgrctl", "");
        Path notifier = program("usr/bin/transactional-update-notifier", "");
        assertThat(reboot.ask(Method.REBOOTMGR)).isEmpty();
        assertThat(reboot.ask(Method.NOTIFY)).isEmpty();
        assertThat(manager).hasContent("reboot\n");
        assertThat(notifier).hasContent("client\n");
    }

    @Test
    void kuredFindsItsFileAndNobodyIsAskedForNone() throws Exception {
        Files.createDirectory(root.resolve("run"));
        assertThat(reboot.ask(Method.NONE)).isEmpty();
        assertThat(root.resolve("run")).isEmptyDirectory();
        assertThat(reboot.ask(Method.KURED)).isEmpty();
        assertThat(root.resolve("run/reboot-required")).isEmptyFile();
        assertThat(reboot.ask(Method.KURED)).isEmpty();
    }

    @Test
    void whatFailsIsSaidWithItsOwnWords() throws Exception {
        assertThat(reboot.ask(Method.NOTIFY))
                .get()
                .asString()
                .contains("transactional-update-notifier", "can't be run");
        program("usr/sbin/rebootmgrctl", "echo 'no such\033 service' >&2; exit 3");
        assertThat(reboot.ask(Method.REBOOTMGR))
                .get()
                .asString()
                .endsWith("/usr/sbin/rebootmgrctl reboot exited with 3: no such\\u{1b} service");
        assertThat(reboot.ask(Method.KURED)).get().asString().startsWith("can't write ");
    }

    @Test
    void logindIsAskedToHeedWhatOthersBlock() throws Exception {
        beLogindWith(List.of(List.of("shutdown", "player", "plays", "delay", 1000, 8)));

        assertThat(reboot.ask(Method.SYSTEMD)).isEmpty();

        assertThat(asked).hasSize(2);
        Call call = asked.stream().toList().getLast();
        assertThat(call.member()).isEqualTo("RebootWithFlags");
        call.readArguments();
        assertThat(call.arguments()).isEqualTo(List.<Object>of(1L));
    }

    @Test
    void whoBlocksIsNamedAndLogindNotAskedWhichWouldPassOverRootsOwn() throws Exception {
        beLogindWith(List.of(
                List.of("sleep", "editor", "writes", "block", 1000, 7),
                List.of("shutdown", "player", "plays", "delay", 1000, 8),
                List.of("sleep:shutdown", "bur\nner", "writes a disc", "block", 0, 9)));

        assertThat(reboot.ask(Method.SYSTEMD)).contains("it is blocked by 'bur\\nner': writes a disc");

        assertThat(asked).extracting(Call::member).containsExactly("ListInhibitors");
    }

    private void beLogindWith(List<List<?>> inhibitors) throws BusError {
        beLogind(call -> {
            if (call.member().equals("ListInhibitors")) {
                logind.reply(call, "a(ssssuu)", List.of(inhibitors));
            } else {
                logind.reply(call, "", List.of());
            }
        });
    }

    @Test
    void aLogindThatIsNotThereOrRefusesIsNoReboot() throws Exception {
        assertThat(reboot.ask(Method.SYSTEMD)).get().asString().startsWith("systemd-logind does not do it: ");
        assertThat(new MachineReboot("unix:path=/nonexistent", root).ask(Method.SYSTEMD))
                .get()
                .asString()
                .startsWith("systemd-logind does not do it: ");
        beLogind(call -> {
            if (call.member().equals("ListInhibitors")) {
                logind.reply(call, "a(ssssuu)", List.of(List.of()));
            } else {
                logind.errorLater(call, "org.freedesktop.DBus.Error.AccessDenied", "Access denied to root");
            }
        });
        assertThat(reboot.ask(Method.SYSTEMD)).contains("systemd-logind does not do it: Access denied to root");
    }
}
