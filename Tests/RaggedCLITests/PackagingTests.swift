import Foundation
import Testing

/// Manual pages and completions.
@Suite struct PackagingTests {
  private static func has(_ tool: String) -> Bool {
    ["/usr/bin", "/bin", "/usr/local/bin"].contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)") }
  }

  @Test func everyCommandHasAPage() throws {
    let work = try Workspace()
    let said = try work.good("generate-manual", "man").output
    let names = try FileManager.default.contentsOfDirectory(atPath: work.url.appending(path: "man").path).sorted()
    #expect(said == "wrote \(names.count) pages to man\n")
    for command in OutputTests.commands { #expect(names.contains("ragged-\(command.name).1")) }
    #expect(names.contains("ragged.1") && !names.contains { $0.contains("manual") || $0.contains("help") })
    for name in names {
      let text = try work.text("man/\(name)")
      #expect(text.hasPrefix(".TH ") && text.contains(".SH SYNOPSIS"))
      #expect(text.utf8.allSatisfy { $0 < 0x80 }, "\(name)")
    }
    #expect(try work.text("man/ragged-train.1").contains("\\fB\\-\\-validation\\-split\\fR"))
    guard Self.has("groff") else { return }
    let result = try work.shell("for page in man/*.1; do groff -man -ww -z -Tascii \"$page\"; done")
    #expect(result.status == 0 && result.errors == "" && result.output == "", "\(result.errors)")
    try work.bad(73, "man/ragged.1/x: cannot make the folder", "generate-manual", "man/ragged.1/x")
  }

  @Test(arguments: ["bash", "zsh", "fish"]) func theShellsComplete(_ shell: String) throws {
    let work = try Workspace()
    let script = try work.good("--generate-completion-script", shell).output
    for word in ["stats", "validation-split", "mean_per_timestep", "yaml"] { #expect(script.contains(word), "\(word)") }
    #expect(!script.contains("generate-manual"))
    guard Self.has(shell) else { return }
    try work.write("script", script)
    #expect(try work.shell("\(shell) -n script").status == 0)
  }

  @Test func datasetsAreCompleted() throws {
    let work = try Workspace()
    try work.write("a.csv", Sample.readings())
    for name in ["vowels", "names"] { try work.good("import", "s.sqlite", "a.csv", "-d", name) }
    guard Self.has("bash") else { return }
    let script = try work.good("--generate-completion-script", "bash").output
    try work.write("script", script)
    let result = try work.shell(
      """
      mkdir bin; ln -s "$RAGGED" bin/ragged; PATH="$PWD/bin:$PATH" bash -c '
      source ./script
      COMP_WORDS=(ragged stats s.sqlite --dataset ""); COMP_CWORD=4; COMP_LINE="ragged stats s.sqlite --dataset "
      COMP_POINT=${#COMP_LINE}; _ragged ragged "" --dataset; printf "%s\\n" "${COMPREPLY[@]}"'
      """)
    #expect(result.output.contains("names") && result.output.contains("vowels"), "\(result.output) \(result.errors)")
  }
}
