package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.opensuse.containersnap.client.story.Machine.BUS_NAME;
import static org.opensuse.containersnap.client.story.Machine.TOP;
import static org.opensuse.containersnap.client.story.Machine.assertRefused;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.Lab.Result;

/// Who is not root, and has nobody who could be asked for a password, reads everything and changes nothing.
class NotRootIT {
    @RegisterExtension
    static final Lab lab = Lab.machine();

    /// Where everybody may read.
    private static final String READER = "/tmp/bus-reader";

    private static final String ARCHIVE = "/tmp/tiny.tar";
    private static final Machine machine = new Machine(lab);
    private static final Bus bus = new Bus(lab);
    private static String image = "";
    private static String work = "";
    private String job = "";

    @BeforeAll
    static void fill() {
        // What is booted has an origin, so that an update is something to be denied.
        machine.switchTo(machine.pull("tiny:1"));
        lab.reboot();
        lab.run("cp", lab.inside(Path.of("src/test/resources/bus-reader")), READER)
                .ok();
        lab.run(
                        "skopeo",
                        "copy",
                        "-q",
                        "--src-tls-verify=false",
                        "docker://" + lab.image("tiny:1"),
                        "oci-archive:" + ARCHIVE)
                .ok();
        lab.run("chmod", "644", ARCHIVE).ok();
        image = machine.pull("tiny:1");
        machine.switchTo(machine.create(image));
        work = machine.create(image);
        new Polkit(lab).start();
    }

    /// podman's service ends by itself after a while without work: not within a test, which looks at the processes.
    @BeforeEach
    void pull() {
        machine.pull("tiny:1");
        job = bus.lastJob().path();
    }

    @ParameterizedTest
    @ValueSource(strings = {"managed", "lists", "properties"})
    void propertiesCanBeRead(String mode) {
        assertThat(asNobody(READER, mode).ok())
                .isEqualTo(lab.run(READER, mode).ok())
                .isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "list-images",
                "list-snapshots",
                "get-root WORK",
                "get-default",
                "get-readonly-state WORK",
                "status",
                "--version"
            })
    void commandsThatReadWork(String command) {
        String[] words = words(command);

        assertThat(nobodysSnap(words).ok()).isEqualTo(lab.snap(words).ok()).isNotEmpty();
    }

    /// The methods that change something, with arguments that root would succeed with, as gdbus reads them.
    static Stream<Arguments> changes() {
        return Stream.of(
                Arguments.of("Manager.Init", List.of("{}")),
                Arguments.of("Manager.Pull", List.of(Bus.text(lab.image("relabel:1")), "{}")),
                Arguments.of("Manager.Load", List.of(Bus.text("oci-archive:" + ARCHIVE), "{}")),
                Arguments.of("Manager.DeleteImage", List.of(Bus.text(image), "{}")),
                Arguments.of("Manager.Deploy", List.of(Bus.text(image), "{}")),
                Arguments.of("Manager.Prune", List.of("{}")),
                Arguments.of("Manager.CheckUpdate", List.of("{}")),
                Arguments.of("Manager.Update", List.of("{}")),
                Arguments.of("Manager.CreateSnapshot", List.of(Bus.text(image), "{}")),
                Arguments.of("Manager.SwitchTo", List.of(Bus.text(work), "{}")),
                Arguments.of("Manager.Rollback", List.of("{}")),
                Arguments.of("Manager.Bless", List.of("{}")),
                Arguments.of("Manager.ForgetRollback", List.of("{}")),
                Arguments.of("Manager.SetReadOnly", List.of(Bus.text(work), "true", "{}")),
                Arguments.of("Manager.Pin", List.of(Bus.text(work), "{}")),
                Arguments.of("Manager.Unpin", List.of(Bus.text(work), "{}")),
                Arguments.of("Manager.DeleteSnapshot", List.of(Bus.text(work), "{}")),
                Arguments.of("Job.Cancel", List.of("{}")));
    }

    @ParameterizedTest
    @MethodSource("changes")
    void changesAreDeniedOnTheBus(String method, List<String> arguments) {
        List<String> before = machine.traces();
        List<String> jobs = bus.jobs();
        List<String> call = new ArrayList<>(List.of("gdbus", "call", "--system", "-d", BUS_NAME));
        call.addAll(List.of("-o", method.startsWith("Job.") ? job : TOP, "-m", BUS_NAME + "." + method));
        call.addAll(arguments);

        Result denied = asNobody(call.toArray(String[]::new));

        Bus.assertRefused(
                denied,
                Bus.STANDARD_ERROR + "InteractiveAuthorizationRequired",
                "user 65534 may ",
                " only after a password was asked for (polkit's action " + BUS_NAME + ".");
        assertThat(bus.jobs()).isEqualTo(jobs);
        assertThat(machine.traces()).isEqualTo(before);
    }

    @Test
    void theTableOfChangesIsWhole() {
        assertThat(changes().map(row -> row.get()[0])).containsExactlyElementsOf(Contract.changes());
    }

    @Test
    void busctlKnowsTheDenial() {
        Result denied = asNobody("busctl", "call", BUS_NAME, TOP, BUS_NAME + ".Manager", "Init", "a{sv}", "0");

        assertThat(denied.err()).isEqualTo("Call failed: Access denied\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "init",
                "pull REGISTRY/relabel:1",
                "load -i ARCHIVE",
                "create-snapshot IMAGE",
                "switch WORK",
                "rollback",
                "rollback --forget",
                "bless",
                "pin WORK",
                "unpin WORK",
                "prune",
                "deploy IMAGE",
                "update",
                "update --check",
                "set-readonly-state --readonly WORK",
                "delete --id WORK",
                "delete --id IMAGE",
                "delete --url REGISTRY/tiny:1"
            })
    void commandsThatChangeSomethingAreDenied(String command) {
        List<String> before = machine.traces();

        assertRefused(
                nobodysSnap(words(command)),
                "container-snap: user 65534 may ",
                " only after a password was asked for (polkit's action " + BUS_NAME + ".",
                "; run it as root, or at a terminal and without --no-ask-password\n");

        assertThat(machine.traces()).isEqualTo(before);
    }

    private static String[] words(String command) {
        return command.replace("REGISTRY", lab.registry())
                .replace("ARCHIVE", ARCHIVE)
                .replace("IMAGE", image)
                .replace("WORK", work)
                .split(" ", -1);
    }

    private static Result asNobody(String... words) {
        List<String> command =
                new ArrayList<>(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"));
        command.addAll(Arrays.asList(words));
        return lab.run(command.toArray(String[]::new));
    }

    private static Result nobodysSnap(String... words) {
        List<String> command = new ArrayList<>(List.of("container-snap"));
        command.addAll(Arrays.asList(words));
        return asNobody(command.toArray(String[]::new));
    }
}
