package org.opensuse.containersnap.verify;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A kernel with its modules: openSUSE has both below /usr/lib/modules, and links or, without merged /usr, the kernel
/// itself in /boot.
record KernelCheck() implements Check {
    private static final String MEND = "install a kernel in the image, such as kernel-default";

    /// Without merged /usr the modules are in the second.
    private static final List<String> OF_MODULES = List.of("/usr/lib/modules/", "/lib/modules/");

    /// What the kernel's own build calls its image on the architectures that there are.
    private static final List<String> IMAGES = List.of("vmlinuz", "Image", "zImage", "bzImage", "image", "vmlinux");

    private static final int MOST_TOLD = 3;

    @Override
    public Verdict of(Root root) throws IOException {
        List<String> lacks = new ArrayList<>();
        for (String modules : OF_MODULES) {
            for (String version : root.names(modules, "", "")) {
                Optional<String> image = image(root, modules, version);
                Optional<String> noModules = root.notFile(modules + version + "/modules.dep");
                if (image.isPresent() && noModules.isEmpty()) {
                    return Verdict.met(Root.shown(image.get()));
                }
                lacks.add(noModules.orElse("there is no kernel image of version " + Root.shown(version)));
            }
            if (!lacks.isEmpty()) {
                return Verdict.lacking(
                        String.join(", ", lacks.stream().limit(MOST_TOLD).toList()), MEND);
            }
        }
        return Verdict.lacking("there is no version of a kernel in /usr/lib/modules", MEND);
    }

    private static Optional<String> image(Root root, String modules, String version) throws IOException {
        for (String name : IMAGES) {
            for (String path : List.of(modules + version + "/" + name, "/boot/" + name + "-" + version)) {
                if (root.notFile(path).isEmpty()) {
                    return Optional.of(path);
                }
            }
        }
        return Optional.empty();
    }
}
