package org.opensuse.containersnap.verify;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import org.opensuse.containersnap.snapshot.Quoted;

/// Programs that run on this machine, by the header of one and by os-release.
///
/// @param due what this machine runs
record ArchitectureCheck(Architecture due) implements Check {
    /// The first that is there tells.
    private static final List<String> PROGRAMS = List.of("/usr/lib/systemd/systemd", "/usr/bin/sh", "/bin/sh");

    @Override
    public Verdict of(Root root) throws IOException {
        Optional<String> said = LoginCheck.osRelease(root).flatMap(values -> values.find("ARCHITECTURE"));
        if (said.isPresent() && !said.get().equals(due.toString())) {
            return other("os-release says ARCHITECTURE=" + Quoted.of(said.get()));
        }
        for (String path : PROGRAMS) {
            Optional<InputStream> opened = root.tree().read(path);
            if (opened.isPresent()) {
                return byHeader(path, opened.get());
            }
        }
        return other("there is no program that tells it: none of " + String.join(", ", PROGRAMS));
    }

    private Verdict byHeader(String path, InputStream opened) throws IOException {
        try (InputStream file = opened) {
            Optional<Architecture> found = Architecture.find(file.readNBytes(Architecture.HEADER_BYTES));
            if (found.equals(Optional.of(due))) {
                return Verdict.met(path + " is for " + due);
            }
            return other(path + " is " + found.map(each -> "for " + each).orElse("no ELF program"));
        }
    }

    private Verdict other(String found) {
        return Verdict.lacking(found + "; this machine is " + due, "take an image for " + due);
    }
}
