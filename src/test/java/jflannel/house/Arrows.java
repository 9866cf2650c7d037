package jflannel.house;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Which package may use which, as the table in docs/architecture.md says, and who alone may touch what is dangerous.
///
/// @param root the package that holds them all
/// @param allowed by the name of a package, the names of those it may use
record Arrows(String root, Map<String, Set<String>> allowed) {
    private static final Pattern ROW = Pattern.compile("\\| `(\\w+)` \\|.*\\| ([a-z, ]+) \\|");

    /// What only some may use: a class or package, and packages or classes under the root.
    private static final Map<String, Set<String>> PRIVILEGES = Map.of(
            "java.lang.foreign.Linker", Set.of("linux"),
            "io.grpc.", Set.of("etcd"),
            "io.fabric8.", Set.of("kubeapi"),
            "java.lang.ProcessBuilder", Set.of("linux.Command", "linux.Background", "cni.Delegate", "lab"),
            "java.lang.Runtime.exec", Set.of("linux.Command", "cni.Delegate", "lab"));

    /// Reads the table whose rows are "| `package` | what lives there | nothing, all above, or a list |".
    static Arrows of(String root, String markdown) {
        Map<String, Set<String>> allowed = new LinkedHashMap<>();
        Matcher row = ROW.matcher(markdown);
        while (row.find()) {
            Set<String> may = switch (row.group(2)) {
                case "nothing" -> Set.of();
                case "all above" -> Set.copyOf(allowed.keySet());
                default -> Set.of(row.group(2).split(", "));
            };
            allowed.put(row.group(1), may);
        }
        return new Arrows(root, allowed);
    }

    /// One line for each wrong use, in order.
    List<String> complaints(JavaClasses classes) {
        Set<String> complaints = new TreeSet<>();
        for (JavaClass from : classes) {
            if (!allowed.containsKey(packageOf(from))) {
                complaints.add(from.getName() + " lives in a package that the table does not know");
            }
            for (Dependency use : from.getDirectDependenciesFromSelf()) {
                JavaClass to = use.getTargetClass().getBaseComponentType();
                if (!mayUse(from, to)) {
                    complaints.add(from.getName() + " must not use " + to.getName());
                }
                privileges(from, to.getName()).forEach(complaints::add);
            }
            calls(from).flatMap(call -> privileges(from, call)).forEach(complaints::add);
        }
        return new ArrayList<>(complaints);
    }

    private boolean mayUse(JavaClass from, JavaClass to) {
        String target = packageOf(to);
        return target.isEmpty()
                || target.equals(packageOf(from))
                || allowed.getOrDefault(packageOf(from), Set.of()).contains(target);
    }

    private Stream<String> privileges(JavaClass from, String used) {
        return PRIVILEGES.entrySet().stream()
                .filter(privilege -> used.startsWith(privilege.getKey()))
                .filter(privilege -> privilege.getValue().stream().noneMatch(holder -> isWithin(from, holder)))
                .map(privilege -> from.getName() + " must not use " + privilege.getKey());
    }

    private boolean isWithin(JavaClass type, String holder) {
        String name = type.getName() + ".";
        return name.startsWith(root + "." + holder + ".") || name.startsWith(root + "." + holder + "$");
    }

    private static Stream<String> calls(JavaClass from) {
        return from.getCodeUnits().stream()
                .map(JavaCodeUnit::getMethodCallsFromSelf)
                .flatMap(Set::stream)
                .map(call -> call.getTargetOwner().getName() + "." + call.getName());
    }

    /// The first name under the root, or "" for classes that are not ours.
    private String packageOf(JavaClass type) {
        String name = type.getPackageName();
        if (!name.startsWith(root + ".")) {
            return name.equals(root) ? "(root)" : "";
        }
        return name.substring(root.length() + 1).split("\\.")[0];
    }
}
