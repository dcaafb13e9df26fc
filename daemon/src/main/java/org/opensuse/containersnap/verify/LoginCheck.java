package org.opensuse.containersnap.verify;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.opensuse.containersnap.snapshot.Quoted;

/// Enough for somebody to log in once the machine's own files, such as shadow, were carried over.
record LoginCheck() implements Check {
    private static final String PASSWD = "/etc/passwd";
    private static final List<String> OF_PAM = List.of("/etc/pam.d/", "/usr/etc/pam.d/", "/usr/lib/pam.d/");
    private static final List<String> PAM_SERVICES = List.of("login", "sshd");
    private static final List<String> OF_NSSWITCH = List.of("/etc/nsswitch.conf", "/usr/etc/nsswitch.conf");

    /// name:password:uid:gid:gecos:home:shell
    private static final int PASSWD_FIELDS = 7;

    private static final int UID = 2;
    private static final int SHELL = 6;

    /// What an empty field means (passwd(5)).
    private static final String DEFAULT_SHELL = "/bin/sh";

    @Override
    public Verdict of(Root root) throws IOException {
        List<String> found = new ArrayList<>();
        List<String> mend = new ArrayList<>();
        if (osRelease(root).isEmpty()) {
            found.add("there is no os-release that tells ID or NAME");
            mend.add("install the distribution's release package");
        }
        Optional<String> shell = shellOfRoot(root);
        if (shell.isEmpty()) {
            found.add("there is no root with user ID 0 in " + PASSWD);
            mend.add("add root to " + PASSWD);
        } else {
            Optional<String> why = notShell(root, shell.get());
            why.ifPresent(words -> {
                found.add("root's shell " + Quoted.of(shell.get()) + " can't be run: " + words);
                mend.add("install that shell or give root another one");
            });
        }
        if (!hasPam(root)) {
            found.add("there is no PAM configuration of login or sshd");
            mend.add("install pam and login");
        }
        if (!hasNsswitch(root)) {
            found.add("there is no nsswitch.conf that says where passwd is looked up");
            mend.add("install nsswitch.conf");
        }
        return found.isEmpty()
                ? Verdict.met("root logs in with " + Quoted.plain(shell.orElseThrow(), 160))
                : Verdict.lacking(String.join("; ", found), String.join(", ", mend) + " in the image");
    }

    /// The file in /etc counts where it is (os-release(5)).
    static Optional<KeyValues> osRelease(Root root) throws IOException {
        for (String path : List.of("/etc/os-release", "/usr/lib/os-release")) {
            Optional<List<String>> lines = root.lines(path);
            if (lines.isPresent()) {
                return lines.map(KeyValues::new).filter(values -> says(values, "ID") || says(values, "NAME"));
            }
        }
        return Optional.empty();
    }

    private static boolean says(KeyValues values, String key) {
        return values.find(key).filter(value -> !value.isEmpty()).isPresent();
    }

    private static Optional<String> shellOfRoot(Root root) throws IOException {
        for (String line : root.lines(PASSWD).orElse(List.of())) {
            String[] fields = line.split(":", -1);
            if (fields.length == PASSWD_FIELDS && fields[0].equals("root") && fields[UID].equals("0")) {
                return Optional.of(fields[SHELL].isEmpty() ? DEFAULT_SHELL : fields[SHELL]);
            }
        }
        return Optional.empty();
    }

    private static Optional<String> notShell(Root root, String path) throws IOException {
        return path.startsWith("/") ? root.notProgram(path) : Optional.of("it is no absolute path");
    }

    private static boolean hasPam(Root root) throws IOException {
        for (String directory : OF_PAM) {
            for (String service : PAM_SERVICES) {
                if (root.notFile(directory + service).isEmpty()) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean hasNsswitch(Root root) throws IOException {
        for (String path : OF_NSSWITCH) {
            Optional<List<String>> lines = root.lines(path);
            if (lines.isPresent()) {
                return lines.get().stream().anyMatch(line -> line.strip().startsWith("passwd:"));
            }
        }
        return false;
    }
}
