package org.opensuse.containersnap.btrfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.opensuse.containersnap.btrfs.BtrfsAllocation.Group;
import org.opensuse.containersnap.engine.StoreVolume;
import org.opensuse.containersnap.kernel.LibC;
import org.opensuse.containersnap.lab.LoopBtrfs;
import org.opensuse.containersnap.lab.Tool;

/// What is free on a real btrfs, beside what btrfs-progs says of it.
@Timeout(60)
class BtrfsVolumeIT {
    private static final long MEGABYTE = 1 << 20;

    @RegisterExtension
    final LoopBtrfs btrfs = new LoopBtrfs(512);

    /// As the store is on most machines.
    @Test
    void aSubvolumeInsideAnotherThatNobodyMountedHasTheSpaceOfItsFileSystem() throws Exception {
        StoreVolume volume = new BtrfsSubvolumes(btrfs.path()).volume();
        Path store = btrfs.path().resolve("store");
        Tool.run("btrfs", "subvolume", "create", store.toString());

        assertThat(volume.free(store).bytes())
                .isCloseTo(volume.free(btrfs.path()).bytes(), within(MEGABYTE));
    }

    @Test
    void theAllocationIsWhatBtrfsSays() throws Exception {
        String usage =
                Tool.run("btrfs", "filesystem", "usage", "-b", btrfs.path().toString());

        BtrfsAllocation allocation = BtrfsAllocation.of(new LibC(), btrfs.path());

        assertThat(allocation.unallocated()).isEqualTo(number(usage, "Device unallocated:"));
        long metadata = number(usage, "Metadata,DUP: Size:");
        assertThat(allocation.metadataFree())
                .isBetween(
                        metadata / 2 + allocation.unallocated() / 2 - 16 * MEGABYTE,
                        metadata + allocation.unallocated() / 2);
    }

    @Test
    void whatIsFreeIsWhatCanBeWritten() throws Exception {
        StoreVolume volume = new BtrfsSubvolumes(btrfs.path()).volume();
        long free = volume.free(btrfs.path()).bytes();
        assertThat(free).isEqualTo(Files.getFileStore(btrfs.path()).getUsableSpace());

        Tool.run("fallocate", "--length", Long.toString(free - 20 * MEGABYTE), file("filler"));
        Tool.run("btrfs", "filesystem", "sync", btrfs.path().toString());

        assertThat(volume.free(btrfs.path()).bytes()).isBetween(10 * MEGABYTE, 21 * MEGABYTE);
        assertThat(volume.free(btrfs.path()).compressing()).isFalse();
    }

    @Test
    void whatIsWrittenCountsBeforeItIsOnTheDevice() throws Exception {
        StoreVolume volume = new BtrfsSubvolumes(btrfs.path()).volume();
        long free = volume.free(btrfs.path()).bytes();

        Files.write(Path.of(file("written")), new byte[Math.toIntExact(50 * MEGABYTE)]);

        assertThat(volume.free(btrfs.path()).bytes()).isLessThan(free - 40 * MEGABYTE);
    }

    @Test
    void whatWasDeletedIsFreeWhenItHasSettled() throws Exception {
        StoreVolume volume = new BtrfsSubvolumes(btrfs.path()).volume();
        long free = volume.free(btrfs.path()).bytes();
        Tool.run("btrfs", "subvolume", "create", file("subvolume"));
        Tool.run("fallocate", "--length", Long.toString(free / 2), file("subvolume/filler"));
        Tool.run("btrfs", "filesystem", "sync", btrfs.path().toString());
        assertThat(volume.free(btrfs.path()).bytes()).isLessThan(free * 6 / 10);

        Tool.run("btrfs", "subvolume", "delete", file("subvolume"));
        volume.settle(btrfs.path());

        assertThat(volume.free(btrfs.path()).bytes()).isGreaterThan(free * 9 / 10);
    }

    @Test
    void metadataThatIsAsGoodAsFullLeavesNoRoom() {
        long mega = MEGABYTE;
        Group data = new Group(1, 4000 * mega, 1000 * mega);
        Group dup = new Group(1 << 2 | 1 << 5, 256 * mega, 250 * mega);
        Group reserve = new Group(1L << 49, 5 * mega, 0);

        assertThat(new BtrfsAllocation(List.of(data, dup, reserve), 0, 0).metadataFree())
                .isEqualTo(mega);
        assertThat(new BtrfsAllocation(List.of(data, dup, reserve), 100 * mega, 0).metadataFree())
                .isEqualTo(51 * mega);
        assertThat(new BtrfsAllocation(List.of(data, new Group(1 << 2, mega, mega), reserve), 0, 0).metadataFree())
                .isZero();
        assertThat(new BtrfsAllocation(List.of(new Group(1 | 1 << 2, mega, mega)), 0, 0).metadataFree())
                .isEqualTo(Long.MAX_VALUE);
    }

    private String file(String name) {
        return btrfs.path().resolve(name).toString();
    }

    @Test
    void whatSpaceIsReservedInIsAFileOfItsOwn() throws Exception {
        StoreVolume volume = new BtrfsSubvolumes(btrfs.path()).volume();
        Path precious = Files.writeString(btrfs.path().resolve("precious"), "precious");
        Path reserve = Files.createSymbolicLink(btrfs.path().resolve("reserve"), precious);
        Files.createSymbolicLink(btrfs.path().resolve("reserve.new"), precious);

        volume.reserve(reserve, 1 << 20);

        assertThat(precious).hasContent("precious");
        assertThat(reserve).isRegularFile().hasSize(1 << 20);
        assertThat(Files.isSymbolicLink(reserve)).isFalse();
        assertThat(btrfs.path().resolve("reserve.new")).doesNotExist();
    }

    private static long number(String text, String before) {
        String digits = text.substring(text.indexOf(before) + before.length()).strip();
        return Long.parseLong(digits.replaceFirst("(?s)\\D.*", ""));
    }
}
