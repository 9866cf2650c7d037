package jflannel.lab;

import jflannel.tool.Main;

/// The operator's command, including `flannel lab`.
public final class LabMain {
    private LabMain() {}

    public static void main(String[] args) {
        System.exit(Main.run(args, new LabCommand()));
    }
}
