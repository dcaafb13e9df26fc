package org.opensuse.containersnap.client.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensuse.containersnap.client.lab.Lab;

/// The disk becomes full at each step of every operation: it is done or not, whoever asked is told why, and
/// when there is space again it works.
///
/// Of the two threads that run the classes, one takes the first that waits, the other the last: so the longest
/// two stand there.
@Order(Integer.MAX_VALUE)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class FullDiskIT {
    /// So much is free when an operation begins.
    private static final String FREE_BYTES = Integer.toString(64 << 20);

    private static final String FREE_FILES = "4000";

    @RegisterExtension
    static final Lab lab = Lab.machineWithDiskOf("600M");

    private static final String RESERVE = "/var/lib/container-snap/state/reserve";
    private static final StepWalk walk = new StepWalk(lab, new HashSet<>());
    private static final Machine machine = new Machine(lab);
    private static int filled;

    @BeforeAll
    static void begin() {
        walk.begin();
        lab.snap("init").ok();
        lab.run(StepWalk.filler(lab), "/filled", FREE_BYTES, FREE_FILES).ok();
    }

    @AfterAll
    static void tell() {
        walk.close();
        System.out.println("disk full at " + filled + " steps");
    }

    private static String pullWhereThereIsSpace() {
        lab.run("rm", "-rf", "/full").ok();
        lab.bash(Operation.PULL.toPrepare()).ok();
        return machine.pull("tiny:1");
    }

    /// Nothing at all can be written any more, so this needs the space that is kept for it.
    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "image"})
    void whatFillsTheDiskCanBeDeleted(String what) {
        String image = pullWhereThereIsSpace();
        String work = machine.create(image);
        assertThat(lab.run("stat", "-c", "%s", RESERVE).line()).isEqualTo("8388608");
        lab.run(StepWalk.filler(lab), "/full").ok();
        assertThat(lab.bash("echo full >/new").err()).contains("No space left on device");
        assertThat(lab.snap("create-snapshot", image).err())
                .contains("no space left on the file system to create a snapshot of " + image);
        assertThat(lab.snap("pull", lab.registry() + "/tiny:1").err())
                .contains("no space left on the file system to begin the pull of docker://");

        lab.snap("delete", "--id", what.equals("image") ? image : work).ok();

        assertThat(machine.snapshots()).containsExactly(what.equals("image") ? work : image);
        lab.run("rm", "-rf", "/full").ok();
        machine.snapshots().forEach(rest -> lab.snap("delete", "--id", rest).ok());
        assertThat(lab.run("stat", "-c", "%s", RESERVE).line()).isEqualTo("8388608");
    }

    @ParameterizedTest
    @ValueSource(strings = {"create-snapshot", "pull"})
    void theSpaceForThatIsKeptAgainAsSoonAsThereIsSome(String command) {
        String image = pullWhereThereIsSpace();
        lab.run("rm", RESERVE).ok();

        String argument = command.equals("pull") ? lab.registry() + "/tiny:1" : image;
        assertThat(lab.snap(command, argument).status()).isZero();

        assertThat(lab.run("stat", "-c", "%s", RESERVE).line()).isEqualTo("8388608");
    }

    /// After all else, since the last operation boots another system.
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "INIT")
    @Order(Integer.MAX_VALUE)
    void whatMeetsAFullDiskIsDoneOrNot(Operation operation) {
        int steps = walk.fill(operation);
        filled += steps;

        assertThat(steps).isGreaterThan(1);
    }
}
