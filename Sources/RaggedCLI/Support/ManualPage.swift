/// A page of the manual (man(7)) of one command.
struct ManualPage {
  private let command: CommandDescription
  private let names: [String]

  /// The page of a command and those of its subcommands.
  static func all(of command: CommandDescription) -> [ManualPage] {
    let page = ManualPage(command: command, names: (command.superCommands ?? []) + [command.commandName])
    return [page]
      + (command.subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" }.flatMap { all(of: $0) }
  }

  /// `ragged-train.1`.
  var fileName: String { names.joined(separator: "-") + ".1" }

  var text: String {
    let title = names.joined(separator: "-")
    var lines = [
      ".TH \(escaped(title.uppercased())) 1 \"\" \"ragged \(RaggedVersion.number)\" \"Ragged\"", ".SH NAME",
      "\(escaped(title)) \\- \(escaped(command.abstract ?? ""))", ".SH SYNOPSIS",
      ".B \(escaped(names.joined(separator: " ")))", synopsis,
    ]
    if let discussion = command.discussion, !discussion.isEmpty {
      lines.append(".SH DESCRIPTION")
      lines += body(discussion)
    }
    var titles = ["Arguments", "Options"]
    var sections: [String: [String]] = [:]
    for argument in command.allArguments where argument.shouldDisplay {
      let title = argument.isPositional ? titles[0] : argument.sectionTitle ?? titles[1]
      if !titles.contains(title) { titles.append(title) }
      sections[title, default: []] += entry(argument)
    }
    for title in titles {
      if let entries = sections[title] { lines += [".SH \(escaped(title.uppercased()))"] + entries }
    }
    let visible = (command.subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" }
    if !visible.isEmpty {
      lines.append(".SH COMMANDS")
      for subcommand in visible {
        lines += [".TP", ".BR \((names + [subcommand.commandName]).joined(separator: "-").dashed) (1)"]
        lines.append(escaped(subcommand.abstract ?? ""))
      }
    }
    if names.count > 1 { lines += [".SH SEE ALSO", ".BR \(names[0].dashed) (1)"] }
    return lines.joined(separator: "\n") + "\n"
  }

  private var synopsis: String {
    let parts = command.allArguments.filter { $0.shouldDisplay && $0.isPositional }.map { argument in
      let name = "\\fI\(escaped(argument.key))\\fR" + (argument.isRepeating ? " ..." : "")
      return argument.isOptional ? "[\(name)]" : name
    }
    return (["[\\fIoptions\\fR]"] + parts).joined(separator: " ")
      + ((command.subcommands ?? []).isEmpty ? "" : " \\fIcommand\\fR")
  }

  private func entry(_ argument: CommandDescription.Argument) -> [String] {
    var tag = (argument.names ?? []).map { "\\fB\($0.text.dashed)\\fR" }.joined(separator: ", ")
    let value = argument.valueName.map { "\\fI\(escaped($0))\\fR" } ?? ""
    if argument.isPositional { tag = value } else if !argument.isFlag { tag += " \(value)" }
    var lines = [".TP", tag]
    var help = argument.help
    if let value = argument.defaultValue, !argument.isFlag, !value.isEmpty { help += " (default: \(value))" }
    lines.append(help.isEmpty ? "\\&" : escaped(help))
    if let discussion = argument.discussion, !discussion.isEmpty { lines += [".IP"] + body(discussion) }
    return lines
  }

  /// Paragraphs; lines that begin with spaces are left as they are.
  private func body(_ text: String) -> [String] {
    var lines: [String] = []
    var isExample = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let isIndented = line.hasPrefix("  ")
      if isIndented != isExample, !line.isEmpty {
        lines += isIndented ? [".PP", ".nf"] : [".fi", ".PP"]
        isExample = isIndented
      } else if line.isEmpty, !isExample, lines.last != ".PP" {
        lines.append(".PP")
      }
      if !line.isEmpty { lines.append(escaped(String(line))) }
    }
    if isExample { lines.append(".fi") }
    while lines.last == ".PP" { lines.removeLast() }
    return lines
  }

  /// Text that means itself to roff.
  private func escaped(_ text: String) -> String {
    var result = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
    for (letter, name) in [
      ("…", "..."), ("–", "\\(en"), ("’", "\\(cq"), ("×", "\\(mu"), ("µ", "\\(mc"), ("χ²", "chi^2"),
    ] { result = result.replacing(letter, with: name) }
    // A point or an apostrophe at the start of a line would be a request.
    if result.hasPrefix(".") || result.hasPrefix("'") { result = "\\&" + result }
    return result.replacing("\n", with: " ")
  }
}

extension String {
  /// A name in which dashes are those of the keyboard.
  fileprivate var dashed: String { replacing("-", with: "\\-") }
}
