package jflannel.lease;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/// Says what is wrong with a file in an operator's terms; Java's own messages often contain nothing but the path.
public final class FileFault {
    private FileFault() {}

    /// Without the file's name: `Permission denied`.
    public static String words(IOException e) {
        return switch (e) {
            case NoSuchFileException _ -> "there is no such file";
            case AccessDeniedException _ -> "permission denied";
            case FileSystemException about when about.getReason() != null -> about.getReason();
            case FileSystemException about -> about.getClass().getSimpleName().replace("Exception", "");
            default -> String.valueOf(e.getMessage());
        };
    }
}
