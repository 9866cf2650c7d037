package jflannel.lab;

import jflannel.tool.Main;

/// The operator's command where the lab is there too: `flannel lab`.
public final class LabMain {
    private LabMain() {}

    public static void main(String[] args) {
        System.exit(Main.run(args, new LabCommand()));
    }
}
