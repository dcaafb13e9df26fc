package org.opensuse.containersnap.client.story;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.opensuse.containersnap.client.lab.Lab;
import org.opensuse.containersnap.client.lab.RegistryImage;

/// An image that meets all requirements, as `made/bootable:1` in the registry of a machine.
final class BootableImage {
    private static final Path MAKER = Path.of("src/test/resources/bootable-root");

    private BootableImage() {}

    /// Makes it.
    ///
    /// @param more a script that changes the root, in which it is run
    static RegistryImage push(Lab lab, String tag, String more) {
        return push(lab, "made/bootable", tag, more);
    }

    /// Makes it under another name.
    static RegistryImage push(Lab lab, String name, String tag, String more) {
        // Its boot loader is a name and no more.
        new Machine(lab).leaveHooksOut();
        try {
            Path root = Files.createTempDirectory(lab.scratch(), "bootable-");
            // Becomes / of a system in which others than root run programs too.
            Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
            for (String[] command : new String[][] {
                {MAKER.toAbsolutePath().toString(), root.toString()},
                {"bash", "-euc", "cd \"$0\"; " + more, root.toString()}
            }) {
                if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
                    throw new AssertionError("can't make a bootable root");
                }
            }
            return RegistryImage.ofDirectory(lab.registry(), name, tag, root).push();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    static RegistryImage push(Lab lab) {
        return push(lab, "1", ":");
    }
}
