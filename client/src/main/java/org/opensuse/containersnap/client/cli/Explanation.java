package org.opensuse.containersnap.client.cli;

import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Names;
import org.opensuse.containersnap.client.wire.Target;

/// Says in one line for people why a call brought no answer, and how the program ends then.
final class Explanation {
    private static final String UNKNOWN_OUTCOME =
            "; whether it did what was asked, container-snap jobs and the lists tell";

    private Explanation() {}

    static CommandFailed of(BusFailure failure, Target target) {
        return switch (failure) {
            case BusFailure.Answered answered ->
                answered.byBus() ? byBus(answered) : new CommandFailed(byService(answered), exitCode(answered));
            case BusFailure.Unreachable unreachable ->
                new CommandFailed(bus(target) + " can't be reached: " + unreachable.reason() + advice(target));
            case BusFailure.Late late -> new CommandFailed("container-snapd: " + late.reason() + UNKNOWN_OUTCOME);
            case BusFailure.Lost lost ->
                new CommandFailed("the connection to container-snapd is lost: " + lost.reason() + UNKNOWN_OUTCOME);
            case BusFailure.Abandoned _ ->
                new CommandFailed("left without waiting for the end, the job may go on; see container-snap jobs");
            case BusFailure.Unreadable unreadable ->
                new CommandFailed("container-snapd answered with " + unreadable.reason()
                        + " where something else is due; are container-snap and container-snapd of one version?");
        };
    }

    private static String bus(Target target) {
        return switch (target) {
            case Target.Local _ -> "the system bus";
            case Target.Remote remote -> "the system bus of " + remote.host();
            case Target.Machine machine -> "the system bus of " + machine.name();
        };
    }

    private static String advice(Target target) {
        return switch (target) {
            case Target.Local _ -> "; does the service dbus run?";
            case Target.Remote _ -> "; does ssh get there, and is systemd-stdio-bridge there?";
            case Target.Machine _ -> "; does machinectl list it?";
        };
    }

    /// The bus answered in the place of the service, which does not run or may not be called.
    private static CommandFailed byBus(BusFailure.Answered failure) {
        String text = switch (standardName(failure)) {
            case "AccessDenied" ->
                "the policy of the system bus does not let you call container-snapd like this; run it as root";
            case "TimedOut" ->
                "container-snapd is not there yet: it is still starting, or can't start; try again, and see "
                        + "journalctl -u container-snapd";
            case "NoReply" -> "container-snapd ended before it answered" + UNKNOWN_OUTCOME;
            case "ServiceUnknown", "NameHasNoOwner" ->
                "container-snapd is not on the system bus: " + failure.reason() + "; is it installed?";
            default ->
                "container-snapd can't be started: " + failure.reason() + "; see systemctl status container-snapd";
        };
        return new CommandFailed(text);
    }

    private static String byService(BusFailure.Answered failure) {
        return switch (standardName(failure)) {
            case "UnknownMethod", "UnknownInterface", "UnknownProperty" ->
                "container-snapd does not know this command: " + failure.reason()
                        + "; are container-snap and container-snapd of one version?";
            case "InteractiveAuthorizationRequired" ->
                failure.reason() + "; run it as root, or at a terminal and without --no-ask-password";
            default -> failure.reason().isEmpty() ? failure.name() : failure.reason();
        };
    }

    /// Of a standard error the last part of its name; empty of others.
    private static String standardName(BusFailure.Answered failure) {
        String name = failure.name();
        return name.startsWith(Names.STANDARD_ERROR) ? name.substring(Names.STANDARD_ERROR.length()) : "";
    }

    /// What the service finds wrong with the arguments is wrong with the command line.
    private static ExitCode exitCode(BusFailure.Answered failure) {
        return switch (failure.name()) {
            case Names.ERROR + "InvalidId",
                    Names.ERROR + "InvalidReference",
                    Names.ERROR + "InvalidSource",
                    Names.STANDARD_ERROR + "InvalidArgs" -> ExitCode.WRONG_COMMAND_LINE;
            default -> ExitCode.FAILED;
        };
    }
}
