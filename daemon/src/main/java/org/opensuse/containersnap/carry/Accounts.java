package org.opensuse.containersnap.carry;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The merge of passwd, group, shadow and gshadow (passwd(5), shadow(5)), line by line: a line belongs to the
/// user or group that it begins with. As whole files they would be in conflict as soon as a person adds a user
/// and the image one for a service.
final class Accounts {
    private static final int NUMBER = 2;
    private static final int FIRST_PERSON = 1000;
    private static final int NOBODY = 65534;

    enum Table {
        PASSWD("/etc/passwd"),
        GROUP("/etc/group"),
        SHADOW("/etc/shadow"),
        GSHADOW("/etc/gshadow");

        private final String path;

        Table(String path) {
            this.path = path;
        }

        static Optional<Table> of(String path) {
            return Arrays.stream(values())
                    .filter(table -> table.path.equals(path))
                    .findAny();
        }

        String path() {
            return path;
        }

        /// Whether a field holds names with commas between them.
        private boolean lists(int field) {
            return switch (this) {
                case PASSWD, SHADOW -> false;
                case GROUP -> field == 3;
                case GSHADOW -> field == 2 || field == 3;
            };
        }

        /// Where the users or groups are whose secrets this has; empty for those themselves.
        Optional<Table> owners() {
            return switch (this) {
                case PASSWD, GROUP -> Optional.empty();
                case SHADOW -> Optional.of(PASSWD);
                case GSHADOW -> Optional.of(GROUP);
            };
        }
    }

    /// @param content a character for each byte, as that of the files here
    /// @param conflicts one for each user, group or number
    record Merged(String content, List<String> conflicts) {}

    private final Table table;
    private final Optional<Map<String, String>> base;
    private final List<String> conflicts = new ArrayList<>();

    private Accounts(Table table, Optional<String> base) {
        this.table = table;
        this.base = base.map(Accounts::lines);
    }

    /// Merges users or groups. Without a base those of services are the image's, those of persons the running system's.
    static Merged merge(Table table, Optional<String> base, String mine, String theirs) {
        Accounts accounts = new Accounts(table, base);
        Map<String, String> of = lines(mine);
        Map<String, String> other = lines(theirs);
        Map<String, String> result = new LinkedHashMap<>();
        for (Map.Entry<String, String> line : of.entrySet()) {
            String merged = accounts.merged(line.getKey(), line.getValue(), other.get(line.getKey()));
            if (merged != null) {
                result.put(line.getKey(), merged);
            }
        }
        Map<String, String> added = new LinkedHashMap<>(other);
        added.keySet().removeAll(of.keySet());
        added.entrySet().removeIf(line -> accounts.removedHere(line.getKey(), line.getValue()));
        result = withBeforeCompatibility(result, added);
        accounts.compareNumbers(of, other, result);
        String content = text(result.values());
        if (base.isPresent() && base.get().equals(mine)) {
            content = theirs;
        } else if (base.isPresent() && base.get().equals(theirs)) {
            content = mine;
        }
        return new Merged(content, accounts.conflicts);
    }

    /// Merges their secrets: each that the running system has stays, others come from the image.
    ///
    /// @param gone users or groups of the running system that there are none of any more
    /// @param there users or groups that there are
    static Merged mergeSecrets(String mine, String theirs, Set<String> gone, Set<String> there) {
        Map<String, String> result = lines(mine);
        result.keySet().removeAll(gone);
        Map<String, String> added = lines(theirs);
        added.keySet().retainAll(there);
        added.keySet().removeAll(result.keySet());
        return new Merged(text(withBeforeCompatibility(result, added).values()), List.of());
    }

    /// The users or groups in a file.
    static Set<String> names(String content) {
        return new LinkedHashSet<>(lines(content).keySet());
    }

    private @Nullable String merged(String name, String mine, @Nullable String theirs) {
        if (theirs == null) {
            String before = base.map(lines -> lines.get(name)).orElse(null);
            if (before != null && !before.equals(mine)) {
                conflicts.add(name + ": changed here, removed in the image");
            }
            return mine.equals(before) ? null : mine;
        }
        if (mine.equals(theirs)) {
            return mine;
        }
        return base.isPresent() ? mergedFields(name, base.get().get(name), mine, theirs) : firstOf(mine, theirs);
    }

    private boolean removedHere(String name, String theirs) {
        String before = base.map(lines -> lines.get(name)).orElse(null);
        if (before != null && !before.equals(theirs)) {
            conflicts.add(name + ": removed here, changed in the image");
        }
        return theirs.equals(before);
    }

    private String mergedFields(String name, @Nullable String base, String mine, String theirs) {
        String[] of = mine.split(":", -1);
        String[] other = theirs.split(":", -1);
        String[] before = base == null ? new String[0] : base.split(":", -1);
        if (of.length != other.length || (base != null && before.length != of.length)) {
            conflicts.add(name + ": changed here and in the image");
            return mine;
        }
        boolean conflict = false;
        for (int i = 0; i < of.length; i++) {
            String was = base == null ? null : before[i];
            if (of[i].equals(was)) {
                of[i] = other[i];
            } else if (table.lists(i)) {
                of[i] = mergedMembers(was == null ? "" : was, of[i], other[i]);
            } else if (!of[i].equals(other[i]) && !other[i].equals(was)) {
                conflict = true;
            }
        }
        if (conflict) {
            conflicts.add(name + ": changed here and in the image");
        }
        return String.join(":", of);
    }

    private String firstOf(String mine, String theirs) {
        long number = number(mine);
        String first = number >= FIRST_PERSON && number != NOBODY ? mine : theirs;
        String[] of = mine.split(":", -1);
        String[] fields = first.split(":", -1);
        String[] other = theirs.split(":", -1);
        for (int i = 0; i < Math.min(fields.length, Math.min(of.length, other.length)); i++) {
            if (table.lists(i)) {
                fields[i] = mergedMembers("", of[i], other[i]);
            }
        }
        return String.join(":", fields);
    }

    private static String mergedMembers(String base, String mine, String theirs) {
        Set<String> before = members(base);
        Set<String> other = members(theirs);
        Set<String> result = members(mine);
        result.removeIf(name -> before.contains(name) && !other.contains(name));
        other.removeAll(before);
        result.addAll(other);
        return String.join(",", result);
    }

    private static Set<String> members(String field) {
        return field.isEmpty() ? new LinkedHashSet<>() : new LinkedHashSet<>(List.of(field.split(",", -1)));
    }

    private void compareNumbers(Map<String, String> mine, Map<String, String> theirs, Map<String, String> result) {
        Map<Long, Set<String>> owners = new HashMap<>();
        for (Map.Entry<String, String> line : result.entrySet()) {
            String name = line.getKey();
            long here = number(mine.getOrDefault(name, ""));
            long there = number(theirs.getOrDefault(name, ""));
            if (here >= 0 && there >= 0 && here != there) {
                conflicts.add(name + ": number " + here + " here, " + there + " in the image");
            }
            owners.computeIfAbsent(number(line.getValue()), _ -> new TreeSet<>())
                    .add(name);
        }
        owners.forEach((number, names) -> {
            boolean meet = names.stream().anyMatch(name -> !theirs.containsKey(name))
                    && names.stream().anyMatch(name -> !mine.containsKey(name));
            if (number >= 0 && meet) {
                conflicts.add(String.join(" and ", names) + ": the same number " + number);
            }
        });
    }

    /// @return -1 when there is none
    private static long number(String line) {
        String[] fields = line.split(":", -1);
        return fields.length > NUMBER && fields[NUMBER].matches("\\d{1,10}") ? Long.parseLong(fields[NUMBER]) : -1;
    }

    /// Adds lines, in front of those by which the C library takes users from elsewhere: these must be the last.
    private static Map<String, String> withBeforeCompatibility(Map<String, String> lines, Map<String, String> added) {
        Map<String, String> result = new LinkedHashMap<>(lines);
        result.keySet().removeIf(Accounts::isCompatibility);
        added.forEach((name, line) -> {
            if (!isCompatibility(name)) {
                result.putIfAbsent(name, line);
            }
        });
        lines.forEach(result::putIfAbsent);
        added.forEach(result::putIfAbsent);
        return result;
    }

    private static boolean isCompatibility(String name) {
        return name.startsWith("+") || name.startsWith("-");
    }

    /// By the name that a line begins with; one that has none stands for itself.
    private static Map<String, String> lines(String content) {
        Map<String, String> lines = new LinkedHashMap<>();
        for (String line : content.split("\n", -1)) {
            if (!line.isEmpty()) {
                int end = line.indexOf(':');
                lines.putIfAbsent(end <= 0 || line.startsWith("#") ? line : line.substring(0, end), line);
            }
        }
        return lines;
    }

    private static String text(Collection<String> lines) {
        return lines.stream().map(line -> line + "\n").collect(Collectors.joining());
    }
}
