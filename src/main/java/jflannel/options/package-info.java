/// The flags of flanneld, declared once: command line, environment variables, help.
package jflannel.options;
