import static java.util.stream.Collectors.toMap;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.MethodTransform;
import java.lang.constant.ClassDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;

/// Run by the build as `java UpgradeClasses.java JAR…`: gives the classes of libraries compiled for Java 5 the stack maps
/// of a newer class file version. Without them Java verifies such classes at every start, the slow way, and cannot keep
/// them in an AOT cache; for the library that reads the command line that is more than half of the start.
/// What the classes do is not changed.
class UpgradeClasses {
    private static final int FIRST_WITH_STACK_MAPS = 50;

    public static void main(String[] jars) throws IOException {
        for (String jar : jars) {
            upgrade(Path.of(jar));
        }
    }

    private static void upgrade(Path jar) throws IOException {
        Map<String, byte[]> entries = entries(jar);
        ClassFile classFile = ClassFile.of(
                ClassFile.ClassHierarchyResolverOption.of(hierarchy(entries)),
                ClassFile.StackMapsOption.GENERATE_STACK_MAPS);
        Path upgraded = jar.resolveSibling(jar.getFileName() + ".upgraded");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(upgraded))) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                byte[] bytes = entry.getValue();
                out.putNextEntry(new JarEntry(entry.getKey()));
                out.write(isOldClass(entry.getKey(), bytes) ? upgraded(classFile, bytes) : bytes);
                out.closeEntry();
            }
        }
        Files.move(upgraded, jar, StandardCopyOption.ATOMIC_MOVE);
    }

    private static Map<String, byte[]> entries(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            return Collections.list(file.entries()).stream()
                    .filter(entry -> !entry.isDirectory())
                    .collect(toMap(JarEntry::getName, entry -> read(file, entry), (a, b) -> a, java.util.LinkedHashMap::new));
        }
    }

    private static byte[] read(JarFile file, JarEntry entry) {
        try (var in = file.getInputStream(entry)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isOldClass(String name, byte[] bytes) {
        return name.endsWith(".class")
                && (Byte.toUnsignedInt(bytes[6]) << 8 | Byte.toUnsignedInt(bytes[7])) < FIRST_WITH_STACK_MAPS;
    }

    private static byte[] upgraded(ClassFile classFile, byte[] bytes) {
        ClassModel old = classFile.parse(bytes);
        // passing each instruction on makes the library compute the maps
        ClassTransform code = ClassTransform.transformingMethods(
                MethodTransform.transformingCode((builder, element) -> builder.with(element)));
        ClassTransform version = (builder, element) -> {
            if (element instanceof ClassFileVersion) {
                builder.withVersion(ClassFile.JAVA_8_VERSION, 0);
            } else {
                builder.with(element);
            }
        };
        return classFile.transformClass(old, version.andThen(code));
    }

    private static ClassHierarchyResolver hierarchy(Map<String, byte[]> entries) {
        return ClassHierarchyResolver.ofResourceParsing((ClassDesc type) -> {
                    String descriptor = type.descriptorString();
                    byte[] bytes = entries.get(descriptor.substring(1, descriptor.length() - 1) + ".class");
                    return bytes == null ? null : new ByteArrayInputStream(bytes);
                })
                .orElse(ClassHierarchyResolver.defaultResolver());
    }
}
