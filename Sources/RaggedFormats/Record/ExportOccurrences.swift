import RaggedCore

/// In which order classes and tokens first occur in what is written.
struct ExportOccurrences {
  private var classes: FirstOccurrences
  private var tokens: FirstOccurrences
  private let hasClasses: Bool
  private let hasVocabulary: Bool
  private let areDeclared: Bool
  private let names: [String]

  init(_ signature: SequenceSignature, areDeclared: Bool) {
    names = signature.target.isClass ? signature.target.names : []
    hasClasses = signature.target.isClass
    self.areDeclared = areDeclared
    classes = FirstOccurrences(count: names.count)
    var known = 0
    if case .tokens(_, let vocabulary?) = signature.input {
      hasVocabulary = true
      known = vocabulary.tokens.count
    } else {
      hasVocabulary = false
    }
    tokens = FirstOccurrences(from: 1, count: known)
  }

  /// Takes note of a sequence as an import would, of the classes of invalid timesteps too.
  mutating func note(_ sequence: StoredSequence) {
    switch sequence.targets {
    case .classPerSequence(let indices), .classPerTimestep(let indices): for index in indices { classes.note(index) }
    case .none, .valuesPerSequence, .valuesPerTimestep: break
    }
    if hasVocabulary, case .tokens(let indices) = sequence.input { for index in indices { tokens.note(index) } }
  }

  /// The classes that an import has to be told, nil where it finds them in the same order by itself.
  var classesToDeclare: [String]? { hasClasses && (areDeclared || !classes.areComplete) ? names : nil }

  /// What will differ after an import.
  var losses: [String] {
    guard hasVocabulary, !tokens.areComplete else { return [] }
    return ["the numbers of tokens, which an import gives in the order in which their texts first come"]
  }
}
