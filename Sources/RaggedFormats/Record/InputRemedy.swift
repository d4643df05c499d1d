public import RaggedCore

/// What a caller can do about a fault in a file, or about a guess that was made of it: which option of the reader to give.
///
/// Messages and notes do not name options; whoever shows them adds the words for the remedy, as the command does.
public enum InputRemedy: Sendable, Equatable {
  /// To accept these words as missing values.
  case acceptMissing([String])
  /// To leave out these columns.
  case skipColumns([String])
  /// To say that the column holds text, or to leave it out.
  case takeAsText(String)
  /// To say that the columns hold lists of labels.
  case takeAsLabels([String])
  /// To say that the column, of this kind, may change within a sequence.
  case letColumnChange(String, Column.Kind)
  /// To say that the column is one of this kind, or to leave it out.
  case sayColumnKind(String, Column.Kind)
  /// To name the features, with the column at hand or without it.
  case nameFeatures
  /// To name as features what was left out: each in words that say why it was.
  case nameLeftOut([String])
  /// To name the column at hand as a feature, which it was not taken for.
  case nameAsFeature
  /// To name the column at hand as a feature, which was taken for something else.
  case takeAsFeature
  /// To say of what kind the target is: one of the first where it is a value, one of the others where it is a class.
  case sayTargetKind(values: [TargetKind], classes: [TargetKind])
  /// To say that the target, which was taken for a value, is of this kind.
  case takeTargetAs(TargetKind)
  /// To say that the target may change within a sequence.
  case letTargetChange(TargetKind)
  /// To name the column whose times are to be checked.
  case checkTimes(column: String)
  /// To name the column of ids, which was taken for absent.
  case nameID
  /// To name the column of ids, which may be this one, or to say that the file is one sequence.
  case sayWhatSequencesAre(id: String?)
  /// To name the target, which a column was taken for, or that there is none.
  case nameTarget
  /// To say how the numbers of channels follow each other.
  case sayChannels
  /// To name the columns of variables and of their values.
  case sayPivot
  /// To make columns of the variables that this column names, of which that has the values.
  case pivot(variable: String, value: String)
  /// To name the variables that become columns.
  case sayPivotColumns
  /// To say what becomes of second values.
  case sayTies
  /// To say that a row has this layout.
  case layOut(RowLayout)
  /// To say whether lines of numbers are sequences, timesteps or text.
  case sayWhatLinesAre
  /// To say what a row is, and where the first row may be one, that it names no columns.
  case sayLayout(isHeaderless: Bool)
  /// To say how times are written, or that the rows are not ordered by them.
  case ignoreTimes
  /// To say how times are written.
  case sayTimeFormat
  /// To leave the rows of a sequence in the order of the file.
  case keepRowOrder
  /// To bring the rows of each sequence together.
  case groupRows
  /// To refuse rows that do not stand together.
  case refuseScatteredRows
  /// To refuse an empty id.
  case refuseBlankIDs
  /// To say that there are no lengths.
  case ignoreLengths
  /// To say which rows of this database are read, such as those of a query.
  case giveQuery(String, file: String)
  /// To say what is padding, which may be this value.
  case sayPadding(String)
  /// To say how many numbers of a flat list are a timestep.
  case sayWidth
  /// To name the columns that are wanted of a joined table.
  case chooseJoined
  /// To name the column of a joined table that holds the keys, or to make keys of the files' names.
  case nameJoinKey
  /// To name the input, which may be this array, and what else there is.
  case nameArrays(input: String)
  /// To say of which format the file is.
  case sayFormat
  /// To say in which encoding the file is.
  case sayEncoding
  /// To say what separates cells.
  case sayDelimiter
  /// To say how many lines come before the table.
  case skipLines(Int)
  /// To say how many rows behind the header are no data.
  case sayUnitsRows
  /// To say what lines begin with that are no data.
  case sayComment
  /// To say that the first row is data.
  case sayHeaderless
  /// To say in one of these ways how numbers are written.
  case sayNumberMarks([NumberMarks])
  /// To say that numbers are written otherwise than was found.
  case overruleNumberMarks
  /// To say that lines which begin so are no rows.
  case takeAsComments(String)
  /// To say whether lines which begin so are rows.
  case sayWhetherComments(String)
  /// To leave out the row, which begins so, or to say that its empty cells are missing.
  case leaveOutRow(String)
}

/// The marks in numbers as text.
public struct NumberMarks: Sendable, Equatable {
  /// What stands before the fraction.
  public var decimal: String
  /// What stands between thousands; nil for nothing.
  public var thousands: String?

  /// Marks.
  public init(decimal: String, thousands: String? = nil) { (self.decimal, self.thousands) = (decimal, thousands) }
}

/// What is worth knowing of a file, to be shown to the user.
public struct InputNote: Sendable, Equatable, ExpressibleByStringInterpolation {
  /// A sentence without an end.
  public var text: String
  /// What can be done about a guess.
  public var remedy: InputRemedy?

  /// A note on a guess, which a remedy corrects.
  public init(_ text: String, remedy: InputRemedy? = nil) { (self.text, self.remedy) = (text, remedy) }

  /// A note that asks for nothing.
  public init(stringLiteral text: String) { self.init(text) }
}
