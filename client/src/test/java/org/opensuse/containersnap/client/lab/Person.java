package org.opensuse.containersnap.client.lab;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.opensuse.containersnap.client.lab.Lab.Result;

/// A user of the machine, in a session or in none.
///
/// The machine has no logind. A session is what logind would write about it below `/run/systemd`, and a control group
/// for the session's processes: that is all that polkitd looks at.
///
/// @param session its ID, empty for none
public record Person(Lab lab, String name, long uid, String session) {
    /// polkit's administrators in Debian, which the lab is made of.
    public static final String ADMINISTRATORS = "sudo";

    private static final String ADD_USER = """
            name=$1
            shift
            useradd --no-create-home --home-dir / --shell /bin/sh "$@" -- "$name"
            id -u -- "$name"
            """;

    private static final String BEGIN_SESSION = """
            uid=$1 session=$2 state=$3 active=$4 group=$5
            mkdir -p /run/systemd/{seats,sessions,users} "$group"
            printf '%s\\n' "UID=$uid" "ACTIVE=$active" "STATE=$state" REMOTE=0 TYPE=tty CLASS=user SEAT=seat0 \\
                "SCOPE=session-$session.scope" >"/run/systemd/sessions/$session"
            printf '%s\\n' "STATE=$state" "SESSIONS=$session" "ONLINE_SESSIONS=$session" >"/run/systemd/users/$uid"
            """;

    private static final String IN_GROUP = "echo 0 >\"$1/cgroup.procs\"; shift; exec \"$@\"";

    /// Adds a user who has no session, such as a service's.
    public static Person withoutSession(Lab lab, String name) {
        return new Person(lab, name, addUser(lab, name), "");
    }

    /// Adds a user who sits in front of the machine.
    ///
    /// @param options of useradd
    public static Person active(Lab lab, String name, String... options) {
        return withSession(lab, name, true, options);
    }

    /// Adds a user whose session is in the background.
    public static Person inactive(Lab lab, String name) {
        return withSession(lab, name, false);
    }

    /// root, in no session.
    public static Person root(Lab lab) {
        return new Person(lab, "root", 0, "");
    }

    /// Runs a command as this user.
    public Result run(String... command) {
        return lab.run(as(command));
    }

    /// Starts a command as this user that goes on while the test does.
    public Process start(String... command) {
        return lab.start(as(command));
    }

    /// Starts a command in this user's session with the rights of root.
    public Process startAsRoot(String... command) {
        return lab.start(inSession(command));
    }

    private String[] as(String... command) {
        String id = Long.toString(uid);
        return inSession(join(List.of("setpriv", "--reuid=" + id, "--regid=" + id, "--init-groups", "--"), command));
    }

    private String[] inSession(String... command) {
        return session.isEmpty()
                ? command
                : join(List.of("bash", "-euc", IN_GROUP, "bash", group(lab, uid, session)), command);
    }

    private static String[] join(List<String> before, String... command) {
        return Stream.concat(before.stream(), Arrays.stream(command)).toArray(String[]::new);
    }

    private static Person withSession(Lab lab, String name, boolean active, String... options) {
        long uid = addUser(lab, name, options);
        String session = "of" + uid;
        lab.bash(
                        BEGIN_SESSION,
                        Long.toString(uid),
                        session,
                        active ? "active" : "online",
                        active ? "1" : "0",
                        group(lab, uid, session))
                .ok();
        return new Person(lab, name, uid, session);
    }

    private static long addUser(Lab lab, String name, String... options) {
        List<String> arguments = new ArrayList<>(List.of(name));
        arguments.addAll(Arrays.asList(options));
        return Long.parseLong(
                lab.bash(ADD_USER, arguments.toArray(String[]::new)).line());
    }

    private static String group(Lab lab, long uid, String session) {
        return lab.controlGroup() + "/user.slice/user-" + uid + ".slice/session-" + session + ".scope";
    }
}
