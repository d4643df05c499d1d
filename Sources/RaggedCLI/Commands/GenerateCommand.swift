import ArgumentParser
import Ragged

struct GenerateCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Draw new sequences from a model of what comes next.",
    discussion: """
      The model must have been trained to predict the next name of its only input: "ragged train names.sqlite --target \
      token@1 --ends". With --ends its sequences begin from nothing and end by themselves; without, say what they begin \
      with. A line per sequence: characters as they come, words with spaces between, names of other columns with commas.

        ragged generate names.best.ragged --count 20 --temperature 0.8 --start Mc --seed 1
      """)

  @Argument(help: "The checkpoint.", completion: .file(extensions: ["ragged"]))
  var model: String

  @Option(name: .long, help: "The number of sequences; more of them change none of the first.")
  var count = GenerationOptions.usualCount

  @Option(name: .long, help: "Less than 1 makes what is likely likelier, 0 takes the likeliest.")
  var temperature = 1.0

  @Option(name: .long, help: "Draw only from as many of the likeliest names. Default: from all.")
  var topK: Int?

  @Option(
    name: .long, help: "What each sequence begins with: text, or names of the column separated by commas.")
  var start: String?

  @Option(name: .long, help: "Names that a sequence has at most.")
  var maxLength = GenerationOptions.usualLimit

  @Option(name: .long, help: "Decides what is drawn.")
  var seed: UInt64 = 0

  @Flag(name: .long, help: "Print JSON: the names of each sequence, and whether the model ended it.")
  var json = false

  @OptionGroup var compute: ThreadArguments
  @OptionGroup(title: "Messages") var console: ConsoleArguments

  func validate() throws {
    try Limits.check("--count", count, Limits.count)
    try Limits.check("--top-k", topK, Limits.count)
    try Limits.check("--max-length", maxLength, Limits.count)
    guard temperature >= 0, temperature <= 1000 else {
      throw ValidationError("--temperature is \(temperature), expected 0 to 1000")
    }
  }

  func run() throws {
    let loaded = try TrainedModel(path: model, threads: compute.threads)
    let text = NameText(loaded.signature.input)
    let sequences = try loaded.generate(
      GenerationOptions(
        count: count, temperature: temperature, top: topK, start: start.map(text.names) ?? [], limit: maxLength,
        seed: seed))
    if json { return try Console.print(json: sequences) }
    for sequence in sequences { Console.print(text.line(sequence.names)) }
  }
}
