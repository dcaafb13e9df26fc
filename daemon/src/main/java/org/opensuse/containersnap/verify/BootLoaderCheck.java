package org.opensuse.containersnap.verify;

import java.io.IOException;
import java.util.Optional;

/// A boot loader that can be made to boot the root: what installs it and what configures it.
record BootLoaderCheck() implements Check {
    private static final String EFI_PROGRAMS = "/usr/lib/systemd/boot/efi/";

    @Override
    public Verdict of(Root root) throws IOException {
        Optional<String> grub = root.program("grub2-install");
        if (grub.isPresent() && root.program("grub2-mkconfig").isPresent()) {
            return Verdict.met(grub.get());
        }
        Optional<String> bootctl = root.program("bootctl");
        if (bootctl.isPresent() && hasEfiProgram(root)) {
            return Verdict.met(bootctl.get());
        }
        return Verdict.lacking(
                "there is neither GRUB 2 (grub2-install, grub2-mkconfig) nor systemd-boot (bootctl, " + EFI_PROGRAMS
                        + "systemd-boot*.efi)",
                "install grub2 or systemd-boot in the image");
    }

    private static boolean hasEfiProgram(Root root) throws IOException {
        for (String name : root.names(EFI_PROGRAMS, "systemd-boot", ".efi")) {
            if (root.notFile(EFI_PROGRAMS + name).isEmpty()) {
                return true;
            }
        }
        return false;
    }
}
