/// Man pages and completion for shells, made from the lists of options. The daemon loads none of it.
package jflannel.manual;
